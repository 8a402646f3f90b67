"""Faults of one source: what AWS answers when a policy, a region or a quota hides the jobs of an account."""

import json
import threading
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from moto.iam.models import get_account_id_from

from local.common.fleet import ROLE_NAME, FleetSource
from local.embedded_aws.signing import signed_scope
from local.embedded_aws.wsgi import read_json, respond

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Followed by an account, or by an account and a region.
SOURCE_FAULTS_PATH = "/_local/faults/"
_LIST_PATH = "/model-customization-jobs"
_ACTION = "bedrock:ListModelCustomizationJobs"


class _Refusal(NamedTuple):
    status: int
    error: str
    message: str


# The wording of policies is that of AWS:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_UNAUTHORIZED = (
    f"User: arn:aws:sts::{{account}}:assumed-role/{ROLE_NAME}/local is not authorized to perform: {_ACTION} "
    "on resource: arn:aws:bedrock:{region}:{account}:*"
)
_REFUSALS: Mapping[str, _Refusal] = {
    "serviceControlPolicy": _Refusal(
        403,
        "AccessDeniedException",
        f"{_UNAUTHORIZED} with an explicit deny in a service control policy",
    ),
    "permissions": _Refusal(
        403,
        "AccessDeniedException",
        f"{_UNAUTHORIZED} because no identity-based policy allows the {_ACTION} action",
    ),
    "regionNotEnabled": _Refusal(
        403, "UnrecognizedClientException", "The security token included in the request is invalid."
    ),
    "throttled": _Refusal(429, "ThrottlingException", "Too many requests, please wait before trying again."),
}
_FAULTS = (*_REFUSALS, "slow", "roleMissing", "trust")


class SourceFaults:
    """A WSGI application that wraps Bedrock and can answer in its place when jobs are listed.

    Quotas and policies apply to single operations; all others answer as before.

    `POST /_local/faults/<account>/<region>` sets the fault of a source, `DELETE` removes it. Its JSON:

    - `fault`: serviceControlPolicy, permissions, regionNotEnabled, throttled or slow
    - `delaySeconds`: the delay before each answer

    Roles belong to an account: the faults roleMissing and trust are set at `/_local/faults/<account>`.
    """

    def __init__(self, bedrock: "WSGIApplication") -> None:
        self._bedrock = bedrock
        self._faults: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"].startswith(SOURCE_FAULTS_PATH):
            return self._set(environ, start_response)
        source = _source(environ)
        fault = self._fault(str(source)) if _lists_jobs(environ) else {}
        time.sleep(fault.get("delaySeconds", 0))
        refusal = _REFUSALS.get(fault.get("fault", ""))
        if refusal is None:
            return self._bedrock(environ, start_response)
        body = json.dumps({"message": refusal.message.format(**source._asdict())}).encode()
        return respond(start_response, refusal.status, body, {"x-amzn-ErrorType": refusal.error})

    def role_fault(self, account: str) -> str | None:
        """Return the fault of the role of an account."""
        fault: str | None = self._fault(account).get("fault")
        return fault

    def _fault(self, name: str) -> dict[str, Any]:
        with self._lock:
            return self._faults.get(name, {})

    def _set(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        name = environ["PATH_INFO"].removeprefix(SOURCE_FAULTS_PATH)
        fault = read_json(environ) if environ["REQUEST_METHOD"] == "POST" else {}
        if fault and fault.get("fault") not in _FAULTS:
            message = f"Unknown fault {fault.get('fault')!r}; allowed: {', '.join(_FAULTS)}."
            return respond(start_response, 400, json.dumps({"message": message}).encode())
        with self._lock:
            self._faults[name] = fault
        return respond(start_response)


def _lists_jobs(environ: "WSGIEnvironment") -> bool:
    return (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("GET", _LIST_PATH)


def _source(environ: "WSGIEnvironment") -> FleetSource:
    scope = signed_scope(environ.get("HTTP_AUTHORIZATION", ""))
    return FleetSource(get_account_id_from(scope.access_key), scope.region)
