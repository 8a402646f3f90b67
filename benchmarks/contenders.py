"""Who is measured."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bundles import OURS, RUNTIME, bundle
from benchmarks.lambda_process import LambdaProcess


@dataclass(frozen=True, slots=True)
class Contender:
    """A handler in a bundle.

    Attributes
    ----------
    label : str
        How tables name it.
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
BY_HAND = Contender("floor with a call: http.client, SigV4 by hand", "empty", "by_hand.handler")
BARE = Contender("**bare boto3**, ten lines", "boto3", "bare_boto3.handler")
BARE_SOURCE = Contender("bare boto3, without .pyc", "boto3-source", "bare_boto3.handler")
CALL = Contender("**the call of boto3's client alone**", "boto3", "boto3_call.handler")
PAGINATOR = Contender("boto3 paginator", "boto3", "boto3_paginator.handler")
CHALICE = Contender("Chalice", "chalice", "chalice_app.app")
POWERTOOLS = Contender("Powertools: logs, traces, metrics, routes", "powertools", "powertools.handler")
VALIDATION = Contender("the same with `enable_validation`", "validation", "powertools_validation.handler")
DEPLOYED = Contender(
    "the same without .pyc: what most deploy", "validation-source", "powertools_validation.handler"
)
FASTAPI = Contender("FastAPI with Mangum", "fastapi", "fastapi_mangum.handler")
SELF = Contender("**this project**", OURS, "customization_jobs.handler.lambda_handler")


class Stage:
    """Where contenders run: the interpreter, their bundles, the runtime interface client.

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

    def process(self, contender: Contender, endpoint: str, **more: Any) -> LambdaProcess:
        """Prepare a fresh process of the contender; it starts when its context is entered."""
        return LambdaProcess(
            self.python, self.bundle_of(contender), self.runtime, contender.handler, endpoint, **more
        )


def request(jobs: int) -> dict[str, Any]:
    """Make API Gateway's proxy event of `GET /model-customization-jobs?maxResults=...`."""
    event: dict[str, Any] = json.loads((Path(__file__).parent / "request.json").read_text(encoding="utf-8"))
    event["queryStringParameters"] = {"maxResults": str(jobs)}
    event["multiValueQueryStringParameters"] = {"maxResults": [str(jobs)]}
    return event


class WrongAnswerError(Exception):
    """A contender answered something else than what was asked: its figure would be worthless."""


def check(contender: Contender, body: bytes, jobs: int) -> None:
    """Check that an answer to `request` holds so many jobs.

    Raises
    ------
    WrongAnswerError
        It does not.
    """
    answer = json.loads(body)
    if contender == CALL:
        found = answer.get("jobs")
    elif answer.get("statusCode") == 200:  # noqa: PLR2004 - HTTP's own number
        listed = json.loads(answer["body"])["modelCustomizationJobSummaries"]
        found = len(listed)
        if contender == EMPTY:
            jobs = 0
        elif any("statusDetails" not in job for job in listed):
            found = None
    else:
        found = None
    if found != jobs:
        raise WrongAnswerError(f"{contender.label}: {body[:500].decode()}")
