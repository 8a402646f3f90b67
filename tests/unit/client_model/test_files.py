"""The files of the client, and the archive of a release."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from botocore.loaders import Loader
from botocore.utils import hyphenize_service_id
from botocore.waiter import WaiterModel

from client_model.__main__ import write_archive
from client_model.files import client_files
from client_model.names import ENDPOINT_VARIABLE, SERVICE, SERVICE_ID, SERVICE_KEY
from customization_jobs.entrypoints.documents import service_model

FILES = ("endpoint-rule-set-1", "paginators-1", "service-2", "waiters-2")


@pytest.fixture(params=[True, False], ids=["fleet", "no fleet"])
def loader(request: pytest.FixtureRequest, tmp_path: Path) -> Loader:
    """Return botocore's loader of the files alone."""
    for name, text in client_files(has_fleet=request.param).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Loader(extra_search_paths=[str(tmp_path)], include_default_search_paths=False)


def test_the_names_are_those_that_botocore_derives() -> None:
    hyphens = hyphenize_service_id(SERVICE_ID)
    assert hyphens == SERVICE
    assert hyphens.replace("-", "_") == SERVICE_KEY
    assert f"AWS_ENDPOINT_URL_{SERVICE_KEY.upper()}" == ENDPOINT_VARIABLE


def test_botocore_finds_every_file(loader: Loader) -> None:
    for file in FILES:
        assert loader.list_available_services(file) == [SERVICE]
        assert loader.load_service_model(SERVICE, file)


def test_paginators_and_waiters_are_of_operations_that_there_are(loader: Loader) -> None:
    operations = loader.load_service_model(SERVICE, "service-2")["operations"]
    paginators = loader.load_service_model(SERVICE, "paginators-1")["pagination"]
    waiters = WaiterModel(loader.load_service_model(SERVICE, "waiters-2"))
    assert set(paginators) <= set(operations)
    assert {waiters.get_waiter(name).operation for name in waiters.waiter_names} <= set(operations)


def test_only_a_fleet_has_its_operations() -> None:
    own, with_fleet = (set(service_model(has_fleet=each)["operations"]) for each in (False, True))
    assert own < with_fleet
    assert all("Fleet" in each for each in with_fleet - own)
    assert not any("Fleet" in each for each in own)


def test_no_input_has_the_name_of_an_option_that_every_command_has() -> None:
    options: Any = json.loads(files("awscli").joinpath("data", "cli.json").read_text())["options"]
    model = service_model(has_fleet=True)
    inputs = {
        name
        for each in model["operations"].values()
        for name in model["shapes"][each["input"]["shape"]]["members"]
    }
    assert "region" in options
    assert inputs.isdisjoint(options)
    # The paginator handles the tokens of pages.
    assert {"sourceRegion", "whereStatus"} <= inputs


def test_the_archive_has_every_file_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "build" / "one.zip", tmp_path / "two.zip"
    write_archive(first)
    write_archive(second)
    assert first.read_bytes() == second.read_bytes()
    with ZipFile(first) as archive:
        files = {Path(name): archive.read(name).decode() for name in archive.namelist()}
    assert files == client_files(has_fleet=True)
    assert {path.stem for path in files} == set(FILES)
    assert {path.parent for path in files} == {Path(SERVICE, "2023-04-20")}
