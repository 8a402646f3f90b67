"""The messages of a local run: addresses, commands to try, introduction and summary of the watch."""

from local.common.fleet import MEMBERS, fleet_sources
from local.common.identifiers import FUNCTION_NAME
from local.demonstration.console import Console
from local.demonstration.watch_demonstration import SWEEP_INTERVAL_SECONDS
from local.demonstration.watch_tally import WatchTally
from local.embedded_aws.job_events import DROP_EVERY
from local.processes.process_group import LOGS, ProcessGroup

# The CLI and the SDKs need credentials to sign with, although nothing here verifies a signature.
_EXAMPLES = """\
curl '{url}/model-customization-jobs?maxResults=2'
curl '{url}/overview?nameContains=support'
curl {url}/openapi.json
curl {url}/model-customization-jobs/NAME/timeline

export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local

# Installs the command for AWS CLI and boto3; make client-remove removes it
make client
aws customization-jobs list-model-customization-jobs --endpoint-url {url} \\
    --region {region} --where-status Failed Stopped

curl {url}/2015-03-31/functions/{function}/invocations \\
    --data '{{"nameContains": "support"}}'

# AWS CLI 2; version 1 has no --cli-binary-format and needs none
aws lambda invoke --endpoint-url {url} --region {region} \\
    --function-name {function} --cli-binary-format raw-in-base64-out \\
    --payload '{{"statusEquals": "Failed"}}' /dev/stdout

python3 -c '
import boto3
bedrock = boto3.client("bedrock", "{region}", endpoint_url="{url}")
for page in bedrock.get_paginator("list_model_customization_jobs").paginate():
    for job in page["modelCustomizationJobSummaries"]:
        print(job["status"], job["jobName"])
'
"""


def show_addresses(console: Console, processes: ProcessGroup) -> None:
    """List the addresses of all parts of the run."""
    if processes.embedded_aws:
        bedrock = f"{processes.embedded_aws.url}  (embedded: moto, corrected)"
    else:
        bedrock = "AWS, with your credentials"
    facts = [
        ("Bedrock", f"{bedrock}, region {processes.region}"),
        ("service", f"{processes.gateway.url}  (the Lambda handler behind a local API Gateway)"),
    ]
    if processes.watch:
        facts.append(("watch", f"{processes.watch.url}  (the same handler, with the table and the bus)"))
    if processes.fleet:
        sources = fleet_sources(processes.region)
        facts.append(("fleet", f"{len(sources)} sources: {1 + len(MEMBERS)} accounts by 2 regions"))
        facts.append(("", f"its board: {processes.gateway.url}/board?fleet=true"))
    facts += [
        ("board", f"{processes.gateway.url}/board  (for your browser)"),
        ("trends", f"{processes.gateway.url}/trends  (the last 90 days, for your browser)"),
        ("logs", f"{LOGS}/"),
    ]
    console.heading("Model customization jobs, served locally")
    console.facts(facts)


def show_examples(console: Console, processes: ProcessGroup) -> None:
    """Print commands to try."""
    console.heading("Try it from another terminal")
    # Not indented, so that the commands can be copied.
    console.line(_EXAMPLES.format(url=processes.gateway.url, region=processes.region, function=FUNCTION_NAME))
    console.line("Serving. Press Ctrl-C to stop.")


def introduce_watch(console: Console, speed: float) -> None:
    """Explain the transitions that follow."""
    pace = f"jobs move {speed:g} times as fast as real ones" if speed else "jobs do not move"
    console.heading(f"The watch: {pace}, and each transition is published once")
    console.line(
        f"   Every {DROP_EVERY}rd of Bedrock's events is dropped on purpose; a sweep runs every "
        f"{SWEEP_INTERVAL_SECONDS:g} s. Times are UTC."
    )
    console.line()


def summarize_watch(console: Console, processes: ProcessGroup, tally: WatchTally) -> None:
    """Summarize what the watch published."""
    console.line()
    count = len(tally.published)
    if tally.succeeded:
        console.line(
            f"The watch published {count} transitions, each once; "
            f"the sweep found {tally.missed} that Bedrock's events missed."
        )
        return
    log = processes.watch.output if processes.watch else LOGS
    console.line(
        f"The watch published {count} transitions, {tally.duplicates} of them more than once, "
        f"and failed {len(tally.errors)} times. See {log}."
    )
