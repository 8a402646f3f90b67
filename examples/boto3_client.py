"""Lists last week's failures with their reasons, and waits for a job, with boto3.

Install the client once with `make client`. Then, for the local run (`make run`):

    export AWS_ENDPOINT_URL_CUSTOMIZATION_JOBS=http://127.0.0.1:8080 AWS_DEFAULT_REGION=us-east-1
    export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
    python examples/boto3_client.py               # failures
    python examples/boto3_client.py support-tone  # waits for this job, by its name or ARN

For the deployed API, the endpoint is the stack's output `ApiUrl`, and the credentials are your own.
"""

import sys
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError


def list_failures(jobs: Any) -> Iterator[dict[str, Any]]:
    """List the jobs that were created in the last seven days and failed, page by page."""
    paginator = jobs.get_paginator("list_model_customization_jobs")
    for page in paginator.paginate(
        whereStatus=["Failed"], creationTimeAfter="-7d", PaginationConfig={"PageSize": 20}
    ):
        yield from page["modelCustomizationJobSummaries"]


def explain(jobs: Any, job: str) -> str:
    """Return why a job failed, and what helps."""
    try:
        timeline = jobs.get_model_customization_job_timeline(jobIdentifier=job)
    except jobs.exceptions.ResourceNotFoundException:
        return "unknown: the watch has no record of the job"
    for transition in timeline["transitions"]:
        if transition["kind"] == "Failed":
            failure = transition["details"].get("failure", {})
            return f"{failure.get('category', 'unknown')}: {failure.get('remedy', 'no reason is recorded')}"
    return "it has no recorded failure"


def wait(jobs: Any, job: str) -> bool:
    """Wait until a job has completed; return False if it failed or was stopped."""
    # Raises ResourceNotFoundException for a wrong name, which the waiter would wait for.
    jobs.get_model_customization_job_timeline(jobIdentifier=job)
    try:
        jobs.get_waiter("job_completed").wait(
            jobIdentifier=job, WaiterConfig={"Delay": 30, "MaxAttempts": 960}
        )
    except WaiterError as error:
        print(f"{job}: {error}\n{explain(jobs, job)}")
        return False
    print(f"{job} has completed.")
    return True


def main(arguments: list[str]) -> int:
    """Wait for the job that is given, or list failures."""
    session: Any = boto3.Session()
    jobs = session.client("customization-jobs")
    try:
        if arguments:
            return 0 if wait(jobs, arguments[0]) else 1
        for job in list_failures(jobs):
            print(f"{job['jobName']}\t{job['endTime']:%Y-%m-%d %H:%M}\t{explain(jobs, job['jobName'])}")
    except jobs.exceptions.ValidationException as error:
        # Each problem of the query: the input, the value that was sent, what is allowed.
        print(error.response.get("problems", error), file=sys.stderr)
        return 2
    except ClientError as error:
        # Every other error also has a name, such as ThrottlingException. docs/calling.md lists them.
        print(f"{error.response['Error']['Code']}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
