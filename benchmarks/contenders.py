"""The handlers that are compared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bundles import OURS, RUNTIME, bundle
from lambda_runtime.function_process import FunctionProcess

_EVENT = Path(__file__).with_name("request.json")


@dataclass(frozen=True, slots=True)
class Contender:
    """A handler in a bundle.

    Attributes
    ----------
    label : str
        Its name in tables.
    bundle : str
        See `benchmarks.bundles.bundle`.
    handler : str
        `module.function`.
    """

    label: str
    bundle: str
    handler: str

    @property
    def is_ours(self) -> bool:
        """Whether it is this project."""
        return self.bundle == OURS


EMPTY = Contender("runtime floor: an empty handler", "empty", "empty.handler")
HAND_WRITTEN = Contender(
    "floor with a call: http.client, hand-written SigV4", "empty", "hand_written.handler"
)
BARE_BOTO3 = Contender("**bare boto3**, ten lines", "boto3", "bare_boto3.handler")
BARE_BOTO3_SOURCE = Contender("bare boto3, without .pyc", "boto3-source", "bare_boto3.handler")
CLIENT_CALL = Contender("**the call of boto3's client alone**", "boto3", "boto3_call.handler")
PAGINATOR = Contender("boto3 paginator", "boto3", "boto3_paginator.handler")
CHALICE = Contender("Chalice", "chalice", "chalice_app.app")
POWERTOOLS = Contender("Powertools: logs, traces, metrics, routes", "powertools", "powertools.handler")
VALIDATION = Contender("Powertools with `enable_validation`", "validation", "powertools_validation.handler")
VALIDATION_SOURCE = Contender(
    "Powertools with `enable_validation`, without .pyc",
    "validation-source",
    "powertools_validation.handler",
)
FASTAPI = Contender("FastAPI with Mangum", "fastapi", "fastapi_mangum.handler")
THIS_PROJECT = Contender("**this project**", OURS, "customization_jobs.handler.lambda_handler")
# Invoked by the schedule, and therefore with events and variables of its own (`sweeps`).
WATCH = Contender("this project's watch function: a quiet sweep", OURS, THIS_PROJECT.handler)


class Testbed:
    """Runs contenders: holds the interpreter, their bundles and the runtime interface client.

    Parameters
    ----------
    python : str
        The interpreter.
    """

    def __init__(self, python: str) -> None:
        self.python = python
        self.runtime = bundle(RUNTIME, python)
        self._bundles: dict[str, Path] = {}

    def bundle_of(self, contender: Contender) -> Path:
        """Return the contender's bundle, built once in a run."""
        if contender.bundle not in self._bundles:
            self._bundles[contender.bundle] = bundle(contender.bundle, self.python)
        return self._bundles[contender.bundle]

    def process(
        self,
        contender: Contender,
        endpoint: str,
        *,
        bundle: Path | None = None,
        wrapper: Sequence[str] = (),
        options: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> FunctionProcess:
        """Prepare a fresh process of the contender, which starts when its context is entered.

        Parameters
        ----------
        contender : Contender
            The handler.
        endpoint : str
            The URL of Bedrock.
        bundle : Path, optional
            Another bundle in place of the contender's own.
        wrapper, options : sequence of str
            See `FunctionProcess`.
        variables : mapping of str to str, optional
            Further environment variables.
        """
        return FunctionProcess(
            self.python,
            bundle or self.bundle_of(contender),
            contender.handler,
            runtime=self.runtime,
            variables={
                "AWS_ENDPOINT_URL_BEDROCK": endpoint,
                # Fixes the iteration order of sets, so that instruction counts repeat.
                "PYTHONHASHSEED": "0",
                # The stack sets these for the listing function of this project.
                "WATCH_TABLE": "benchmark",
                "MALLOC_ARENA_MAX": "1",
                **(variables or {}),
            },
            wrapper=wrapper,
            options=options,
        )


def proxy_event(jobs: int) -> dict[str, Any]:
    """Make API Gateway's proxy event of `GET /model-customization-jobs?maxResults=...`."""
    event: dict[str, Any] = json.loads(_EVENT.read_text(encoding="utf-8"))
    event["queryStringParameters"] = {"maxResults": str(jobs)}
    event["multiValueQueryStringParameters"] = {"maxResults": [str(jobs)]}
    return event


class WrongAnswerError(Exception):
    """A contender did not return what was requested, so its figure would be meaningless."""


def check_answer(contender: Contender, body: bytes, jobs: int, *, has_details: bool = True) -> None:
    """Check that the answer to `proxy_event(jobs)` holds that number of jobs, with or without their details.

    Raises
    ------
    WrongAnswerError
        The answer holds something else.
    """
    expected = 0 if contender == EMPTY else jobs
    if _jobs_in(contender, json.loads(body), has_details) != expected:
        raise WrongAnswerError(f"{contender.label}: expected {expected} jobs, got {body[:500].decode()}")


def _jobs_in(contender: Contender, answer: Any, has_details: bool) -> int | None:  # noqa: FBT001 - internal
    """Count the jobs in an answer; None for an error, or if jobs do not have details as they should."""
    if contender == CLIENT_CALL:
        count: int | None = answer.get("jobs")
        return count
    if answer.get("statusCode") != 200:  # noqa: PLR2004 - an HTTP status
        return None
    jobs = json.loads(answer["body"])["modelCustomizationJobSummaries"]
    return len(jobs) if all(("statusDetails" in job) == has_details for job in jobs) else None
