"""The functions start from the bundle alone, with every AWS client that they need."""

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import botocore

from infra.bundling.botocore_data import CALLED_OPERATIONS
from tests.infra.bundling.conftest import files, run_in

# Imports the handler, as a cold start does, and creates a client of each service.
COLD_START = """
import json, sys
sys.path.insert(0, sys.argv[1])
from customization_jobs import handler
import botocore.session
for service, operations in json.loads(sys.argv[2]).items():
    client = botocore.session.get_session().create_client(service, region_name="us-east-1")
    assert client.meta.service_model.operation_names == operations, client.meta.service_model.operation_names
assert callable(handler.lambda_handler)
print(botocore.session.__file__)
"""
# Imports the handler in the environment of the watch function, and prints the clients that it creates.
WATCH_START = """
import os, sys
sys.path.insert(0, sys.argv[1])
os.environ |= {"WATCH_TABLE": "jobs", "WATCH_BUS": "bus", "WATCH_LIMITS": "{}"}
import botocore.session
created = []
create = botocore.session.Session.create_client
def recording(self, service, *args, **kwargs):
    created.append(service)
    return create(self, service, *args, **kwargs)
botocore.session.Session.create_client = recording
from customization_jobs import handler
print(*sorted(created))
"""
# Prints the endpoint of each service in each region and variant, by the botocore that is first on the path.
ENDPOINTS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import botocore.session
from botocore.config import Config
session = botocore.session.get_session()
session.set_credentials("any", "any")
found = {}
variants = [(fips, dual) for fips in (False, True) for dual in (False, True)]
for service in sys.argv[2:]:
    for partition in session.get_available_partitions():
        regions = session.get_available_regions(service, partition, allow_non_regional=True)
        # Creating clients is slow: for other services, some regions of each partition are enough.
        if service != "bedrock":
            regions = regions[:3]
        for region in regions:
            for fips, dual in variants:
                config = Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual)
                name = f"{service} {region} {fips} {dual}"
                try:
                    client = session.create_client(service, region_name=region, config=config)
                    found[name] = client.meta.endpoint_url
                except Exception as error:
                    found[name] = repr(error)
print(json.dumps(found))
"""


def test_the_handler_and_every_client_start_from_the_bundle_alone(bundle: Path) -> None:
    before = {name: path.stat().st_mtime for name, path in files(bundle).items()}
    origin = run_in(bundle, COLD_START, json.dumps(CALLED_OPERATIONS))
    assert origin.startswith(str(bundle))
    assert {name: path.stat().st_mtime for name, path in files(bundle).items()} == before


def test_every_time_zone_can_be_read_from_the_bundle(bundle: Path) -> None:
    # Without the zones of the machine, which Lambda's may lack.
    program = (
        "import sys, zoneinfo; sys.path.insert(0, sys.argv[1]); zoneinfo.reset_tzpath(())\n"
        "print(*(zoneinfo.ZoneInfo(name) for name in zoneinfo.available_timezones()))"
    )
    whole = set((resources.files("tzdata") / "zones").read_text(encoding="utf-8").split())
    assert set(run_in(bundle, program).split()) == whole
    assert {"Europe/Berlin", "US/Eastern", "UTC"} <= whole


def test_the_watch_function_starts_from_the_bundle_alone(bundle: Path) -> None:
    # The other clients are created when they are first needed.
    assert run_in(bundle, WATCH_START).split() == ["bedrock", "dynamodb"]


def test_the_notification_function_starts_from_the_bundle_alone(bundle: Path) -> None:
    start = WATCH_START.replace('"WATCH_TABLE": "jobs", "WATCH_BUS": "bus"', '"NOTIFICATION_TOPIC": "topic"')
    assert start != WATCH_START
    # The handler creates Bedrock's client in every function.
    assert run_in(bundle, start).split() == ["bedrock", "sns"]


def test_the_export_function_starts_from_the_bundle_alone(bundle: Path) -> None:
    queue = '"EXPORT_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/export"'
    start = WATCH_START.replace('"WATCH_BUS": "bus"', f'"EXPORT_BUCKET": "exports", {queue}')
    assert start != WATCH_START
    assert run_in(bundle, start).split() == ["bedrock", "dynamodb", "s3", "sqs"]


def test_the_endpoints_of_each_service_are_those_of_the_whole_of_botocore(bundle: Path) -> None:
    whole = str(Path(botocore.__file__).parents[1])
    expected = subprocess.run(
        [sys.executable, "-I", "-c", ENDPOINTS, whole, *CALLED_OPERATIONS],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = json.loads(run_in(bundle, ENDPOINTS, *CALLED_OPERATIONS))
    assert found == json.loads(expected)
    assert {name.split()[0] for name in found} == set(CALLED_OPERATIONS)
