"""The embedded Bedrock: moto, with the operations on customization jobs corrected.

moto provides the server, the routing, regions, accounts and the other operations of Bedrock. Its
customization jobs differ from Bedrock's: two statuses, naive local times compared as text, filters applied
after paging, ARNs of another form, an end time from the start, no phases, no validation.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeAlias
from urllib.parse import unquote

import moto.bedrock.urls
from moto.bedrock.models import bedrock_backends
from moto.bedrock.responses import BedrockResponse
from moto.moto_server.werkzeug_app import create_backend_app

from local.common.timestamps import truncate_to_milliseconds
from local.embedded_aws.constraints import RequestError, check, error_status
from local.embedded_aws.faults import Faults
from local.embedded_aws.job_store import stored_jobs
from local.embedded_aws.listing import list_jobs
from local.simulated_jobs.job import Job, first_phases, new_identifier
from local.simulated_jobs.job_simulator import JOBS_LOCK

# moto's form of a response: the status, the headers and the body.
_Response: TypeAlias = tuple[int, dict[str, str], str]
_KEPT_REQUEST_FIELDS = (
    "clientRequestToken",
    "hyperParameters",
    "roleArn",
    "vpcConfig",
    "customizationConfig",
    "trainingDataConfig",
    "validationDataConfig",
    "outputDataConfig",
)


class Bedrock(BedrockResponse):
    """moto's Bedrock, whose customization jobs behave as AWS documents them."""

    inclusive_bounds = False
    _random = Random()  # noqa: S311 - no secret

    def call_action(self) -> Any:
        """Run the operation; turn a rejected request into Bedrock's error response."""
        try:
            return super().call_action()
        except RequestError as error:
            return _response({"message": str(error)}, error_status(error.name), error.name)

    def list_model_customization_jobs(self) -> _Response:  # type: ignore[override]  # moto returns the body only
        """List jobs."""
        query = self.normalized_request.args.to_dict()
        return _response(list_jobs(tuple(self._jobs.values()), query, inclusive_bounds=self.inclusive_bounds))

    def create_model_customization_job(self) -> _Response:  # type: ignore[override]
        """Create a job in progress; a repeated clientRequestToken returns the existing job."""
        request = json.loads(self.body or "{}")
        check("CreateModelCustomizationJob", request)
        job = self._existing_job(request) or self._create_job(request)
        return _response({"jobArn": job.job_arn}, 201)

    def get_model_customization_job(self) -> _Response:  # type: ignore[override]
        """Return one job by its name or ARN."""
        return _response(self._find_job(self.path).detail())

    def stop_model_customization_job(self) -> _Response:  # type: ignore[override]
        """Set a job in progress, and its current phase, to Stopping."""
        with JOBS_LOCK:
            job = self._find_job(self.path.removesuffix("/stop"))
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
        return _response({})

    def list_tags_for_resource(self) -> str:
        """Return the tags of a resource; a simulated job has some from the start."""
        request = json.loads(self.body or "{}")
        check("ListTagsForResource", request)
        arn = request["resourceARN"]
        tags = next((job.tags for job in tuple(self._jobs.values()) if job.job_arn == arn), {})
        added = self.bedrock_backend.list_tags_for_resource(arn)
        tags = tags | {each["key"]: each["value"] for each in added}
        return json.dumps({"tags": [{"key": key, "value": value} for key, value in tags.items()]})

    def _existing_job(self, request: dict[str, Any]) -> Job | None:
        """Return the job that an earlier request with the same token created, as for a client's retry."""
        token = request.get("clientRequestToken")
        jobs = tuple(self._jobs.values())
        return next((job for job in jobs if token and job.request.get("clientRequestToken") == token), None)

    def _create_job(self, request: dict[str, Any]) -> Job:
        name = request["jobName"]
        if name in self._jobs:
            raise RequestError("ConflictException", f"A job named {name} already exists.")
        base_model_id, parent_model = self._base_model(request["baseModelIdentifier"])
        now = truncate_to_milliseconds(datetime.now(UTC))
        job = self._jobs[name] = Job(
            name=name,
            identifier=new_identifier(self._random),
            region=self.region,
            account=self.current_account,
            base_model_id=base_model_id,
            parent_model=parent_model,
            customization_type=request.get("customizationType", "FINE_TUNING"),
            status="InProgress",
            creation_time=now,
            last_modified_time=now,
            end_time=None,
            custom_model_name=request["customModelName"],
            phases=first_phases(now),
            request={field: request[field] for field in _KEPT_REQUEST_FIELDS if field in request},
        )
        if tags := request.get("jobTags"):
            self.bedrock_backend.tag_resource(job.job_arn, tags)
        return job

    def _base_model(self, identifier: str) -> tuple[str, str | None]:
        """Return the foundation model of an ARN, id or name, and the custom model if it names one."""
        if "custom-model/" in identifier:
            family, _, model = identifier.rpartition("custom-model/")[2].rpartition("/")
            return family, model
        model = identifier.rpartition("foundation-model/")[2]
        if "." in model:
            return model, None
        for job in tuple(self._jobs.values()):
            if job.custom_model_name == model and job.custom_model_arn:
                return job.base_model_id, job.identifier
        raise RequestError("ValidationException", "The provided model identifier is invalid.")

    @property
    def _jobs(self) -> dict[str, Job]:
        return stored_jobs(self.bedrock_backend)

    def _find_job(self, path: str) -> Job:
        wanted = unquote(path).partition("/model-customization-jobs/")[2]
        for job in tuple(self._jobs.values()):
            if wanted in (job.name, job.job_arn):
                return job
        raise RequestError("ResourceNotFoundException", "The job was not found.")


def bedrock_application(jobs: Iterable[Job]) -> Faults:
    """Create moto's WSGI application with `Bedrock` in place of moto's class, holding `jobs`."""
    routes = moto.bedrock.urls.url_paths
    routes.update(
        {path: Bedrock.dispatch for path, handler in routes.items() if handler == BedrockResponse.dispatch}
    )
    for job in jobs:
        stored_jobs(bedrock_backends[job.account][job.region])[job.name] = job
    return Faults(create_backend_app("bedrock").wsgi_app)


def _response(body: dict[str, Any], status: int = 200, error: str = "") -> _Response:
    # moto reads the status from the headers.
    headers = {"status": str(status), "Content-Type": "application/json"}
    return status, headers | ({"x-amzn-ErrorType": error} if error else {}), json.dumps(body)
