"""The embedded Bedrock: moto, corrected.

moto brings the server, the routing, the regions and accounts and the rest of Bedrock's operations. Its
customization jobs are not Bedrock's: two statuses, naive local times compared as text, pages cut before the
filters, ARNs of another shape, an end time from the start, no sub-tasks, no checks. `Bedrock` puts right the
four operations on these jobs; the store stays moto's.

`python -m local.bedrock --port 5000` serves it, with what else the watch needs of AWS (`local.cloud`).
"""

import argparse
import json
import random
import string
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import unquote

import moto.bedrock.urls
from moto.bedrock.models import bedrock_backends
from moto.bedrock.responses import BedrockResponse
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from local.constraints import RequestError, check, error_status
from local.faults import Faults
from local.jobs import Job, Phase
from local.life import CHANGING
from local.lifeline import add_arguments, listen, serve_until_told
from local.pages import page
from local.seed import ACCOUNT, REGION, believable_jobs
from local.store import stored_jobs

Answer: TypeAlias = tuple[int, dict[str, str], str]


class Bedrock(BedrockResponse):
    """moto's Bedrock, with jobs as the service documentation describes them."""

    inclusive_bounds = False

    def call_action(self) -> Any:
        """Turn refusals into Bedrock's errors; everything else is moto's."""
        try:
            return super().call_action()
        except RequestError as error:
            return _answer({"message": str(error)}, error_status(error.name), error.name)

    def list_model_customization_jobs(self) -> Answer:  # type: ignore[override]  # moto declares the body alone
        """Answer ListModelCustomizationJobs."""
        query = self.normalized_request.args.to_dict()
        return _answer(page(tuple(self._jobs.values()), query, inclusive_bounds=self.inclusive_bounds))

    def create_model_customization_job(self) -> Answer:  # type: ignore[override]
        """Answer CreateModelCustomizationJob: the job is in progress until it is moved on or stopped."""
        request = json.loads(self.body or "{}")
        check("CreateModelCustomizationJob", request)
        name, now = request["jobName"], datetime.now(UTC)
        if token := request.get("clientRequestToken"):
            # A request that is sent again, as clients do when the answer was lost, makes no second job.
            for job in tuple(self._jobs.values()):
                if job.request.get("clientRequestToken") == token:
                    return _answer({"jobArn": job.job_arn}, 201)
        if name in self._jobs:
            raise RequestError("ConflictException", f"A job named {name} exists already.")
        base_model_id, parent_model = self._base_model(request["baseModelIdentifier"])
        kept = ("clientRequestToken", "hyperParameters", "roleArn", "vpcConfig", "customizationConfig")
        configurations = ("trainingDataConfig", "validationDataConfig", "outputDataConfig")
        job = self._jobs[name] = Job(
            name=name,
            identifier="".join(random.choices(string.ascii_lowercase + string.digits, k=12)),  # noqa: S311 - no secret
            region=self.region,
            account=self.current_account,
            base_model_id=base_model_id,
            parent_model=parent_model,
            customization_type=request.get("customizationType", "FINE_TUNING"),
            status="InProgress",
            creation_time=now.replace(microsecond=now.microsecond // 1000 * 1000),
            last_modified_time=now,
            end_time=None,
            custom_model_name=request["customModelName"],
            phases=(Phase("InProgress", now, now), Phase("NotStarted"), Phase("NotStarted")),
            request={field: request[field] for field in (*kept, *configurations) if field in request},
        )
        if tags := request.get("jobTags"):
            self.bedrock_backend.tag_resource(job.job_arn, tags)
        return _answer({"jobArn": job.job_arn}, 201)

    def get_model_customization_job(self) -> Answer:  # type: ignore[override]
        """Answer GetModelCustomizationJob."""
        return _answer(self._named_job(self.path).detail())

    def stop_model_customization_job(self) -> Answer:  # type: ignore[override]
        """Answer StopModelCustomizationJob: the job is Stopping."""
        with CHANGING:
            job = self._named_job(self.path.removesuffix("/stop"))
            if job.status != "InProgress":
                raise RequestError(
                    "ConflictException", f"The job is {job.status}; only a job in progress can be stopped."
                )
            now = datetime.now(UTC)
            job.status, job.last_modified_time = "Stopping", now
            job.phases = tuple(
                replace(phase, status="Stopping", last_modified_time=now)
                if phase.status == "InProgress"
                else phase
                for phase in job.phases
            )
        return _answer({})

    def _base_model(self, identifier: str) -> tuple[str, str | None]:
        """Return the foundation model behind an ARN, an id or a name, and the custom model if it is one."""
        kind, _, model = identifier.rpartition("foundation-model/")
        if not kind and "custom-model/" in identifier:
            family, _, model = identifier.rpartition("custom-model/")[2].rpartition("/")
            return family, model
        if "." in model:
            return model, None
        for job in tuple(self._jobs.values()):
            if job.custom_model_name == model and job.custom_model_arn:
                return job.base_model_id, job.identifier
        raise RequestError("ValidationException", "The provided model identifier is invalid.")

    @property
    def _jobs(self) -> dict[str, Job]:
        return stored_jobs(self.bedrock_backend)

    def _named_job(self, path: str) -> Job:
        wanted = unquote(path).partition("/model-customization-jobs/")[2]
        for job in tuple(self._jobs.values()):
            if wanted in (job.name, job.job_arn):
                return job
        raise RequestError("ResourceNotFoundException", "The job was not found.")


def embedded_bedrock(jobs: Iterable[Job]) -> Faults:
    """Make the application: moto's, its routes leading to `Bedrock`, holding `jobs`, open to faults."""
    routes = moto.bedrock.urls.url_paths
    routes.update(
        {path: Bedrock.dispatch for path, handler in routes.items() if handler == BedrockResponse.dispatch}
    )
    for job in jobs:
        stored_jobs(bedrock_backends[job.account][job.region])[job.name] = job
    application = create_backend_app("bedrock")
    return Faults(application.wsgi_app)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="The embedded Bedrock.")
    add_arguments(parser)
    parser.add_argument("--jobs", type=int, default=260, help="how many jobs it holds (default: %(default)s)")
    parser.add_argument("--region", default=REGION)
    parser.add_argument(
        "--inclusive-bounds", action="store_true", help="let creation time bounds include the instant"
    )
    arguments = parser.parse_args()
    Bedrock.inclusive_bounds = arguments.inclusive_bounds
    # Imported here because it imports this module, for the store.
    from local.cloud import Cloud  # noqa: PLC0415

    jobs = believable_jobs(arguments.jobs, region=arguments.region, account=ACCOUNT)
    application = Cloud(embedded_bedrock(jobs), region=arguments.region, account=ACCOUNT)
    listener = listen(arguments)
    host, port = listener.getsockname()[:2]
    server = make_server(
        host, port, application, threaded=True, fd=listener.fileno(), request_handler=_Handler
    )
    serve_until_told(server)


class _Handler(WSGIRequestHandler):
    """Logs what went wrong, and nothing of the requests that did not."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _answer(body: dict[str, Any], status: int = 200, error: str = "") -> Answer:
    # moto takes the status from the headers.
    headers = {"status": str(status), "Content-Type": "application/json"}
    return status, headers | ({"x-amzn-ErrorType": error} if error else {}), json.dumps(body)


if __name__ == "__main__":
    main()
