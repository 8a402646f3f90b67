"""The other services as botocore's clients: Bedrock in each source, AWS STS, Organizations and EventBridge."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import botocore.session

from benchmarks.fleet.faults import Fault
from benchmarks.fleet.jobs import SimulatedJob
from benchmarks.fleet.meter import Network
from benchmarks.fleet.table import error
from customization_jobs.sources import Source

_ACCOUNTS_A_PAGE = 20
_SLOW_SECONDS = (1.5, 4.5)
# AWS Organizations throttles early.
_ORGANIZATIONS_THROTTLES = 0.1
_NO_ROLE = "User: hub is not authorized to perform: sts:AssumeRole on resource: the role"


@cache
def bedrock_model() -> Any:
    """Return botocore's model of Bedrock."""
    return botocore.session.Session().get_service_model("bedrock")


class BedrockClient:
    """Bedrock in one source. `attempts` is how often the client tries a call."""

    def __init__(
        self,
        source: Source,
        fault: Fault | None,
        jobs: Callable[[Source], Sequence[SimulatedJob]],
        network: Network,
        attempts: int,
    ) -> None:
        self.meta = SimpleNamespace(service_model=bedrock_model(), partition="aws")
        self._source = source
        self._fault = fault
        self._jobs = jobs
        self._network = network
        self._attempts = attempts

    def list_model_customization_jobs(self, **query: Any) -> dict[str, Any]:
        """Return a page of all jobs; filters are not supported."""
        operation = "ListModelCustomizationJobs"
        self._call(operation)
        jobs = self._jobs(self._source)
        first, size = int(query.get("nextToken", "0")), query["maxResults"]
        ordered = jobs if query.get("sortOrder") == "Ascending" else jobs[::-1]
        page = [job.summary(self._source) for job in ordered[first : first + size]]
        self._network.meter.listed += len(page)
        answer: dict[str, Any] = {"modelCustomizationJobSummaries": page}
        if first + size < len(jobs):
            answer["nextToken"] = str(first + size)
        return {"answer": answer, "body": b""}

    def get_model_customization_job(self, **_: Any) -> dict[str, Any]:
        """Return why a job failed."""
        self._call("GetModelCustomizationJob")
        return {"answer": {"failureMessage": "The training data has too few examples."}, "body": b""}

    def _call(self, operation: str) -> None:
        slow = _SLOW_SECONDS if self._fault is Fault.SLOW else None
        for attempt in range(self._attempts):
            if attempt:
                self._network.pause(attempt - 1)
            self._network.call("bedrock", operation, seconds=slow)
            if self._fault is Fault.CONTROL_POLICY:
                message = "... with an explicit deny in a service control policy"
                raise error("AccessDeniedException", operation, message, 403)
            if self._fault is Fault.REGION:
                raise error("UnrecognizedClientException", operation, "The token is invalid.", 403)
            if not self._is_to_be_retried(attempt):
                return
        code = "InternalServerException" if self._fault is Fault.FAILS else "ThrottlingException"
        raise error(code, operation, "Try again.", 500 if self._fault is Fault.FAILS else 429)

    def _is_to_be_retried(self, attempt: int) -> bool:
        is_once = self._fault is Fault.THROTTLED_ONCE and attempt == 0
        return is_once or self._fault in (Fault.THROTTLED, Fault.FAILS)


class Sts:
    """AWS STS. The access key of the credentials is the account."""

    def __init__(self, accounts_without_role: frozenset[str], network: Network) -> None:
        self.meta = SimpleNamespace(partition="aws")
        self._accounts_without_role = accounts_without_role
        self._network = network

    def assume_role(self, *, RoleArn: str, **_: object) -> dict[str, Any]:  # noqa: N803 - as botocore's
        """Return credentials for an hour."""
        self._network.call("sts", "AssumeRole")
        account = RoleArn.split(":")[4]
        if account in self._accounts_without_role:
            raise error("AccessDenied", "AssumeRole", _NO_ROLE, 403)
        names = ("SecretAccessKey", "SessionToken")
        expires = self._network.clock.now() + timedelta(hours=1)
        return {
            "Credentials": {
                "AccessKeyId": account,
                **dict.fromkeys(names, "a"),
                "Expiration": expires,
            }
        }


class Organizations:
    """AWS Organizations, with all accounts active."""

    def __init__(self, accounts: Sequence[str], network: Network) -> None:
        self._accounts = accounts
        self._network = network

    def list_accounts(self, *, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803, S107 - as botocore's
        """Return a page of 20 accounts. Some calls are throttled, and then succeed."""
        self._network.call("organizations", "ListAccounts")
        while self._network.chance(_ORGANIZATIONS_THROTTLES):
            self._network.pause(0)
            self._network.call("organizations", "ListAccounts")
        first = int(NextToken)
        last = first + _ACCOUNTS_A_PAGE
        page = [{"Id": account, "State": "ACTIVE"} for account in self._accounts[first:last]]
        return {"Accounts": page, **({"NextToken": str(last)} if last < len(self._accounts) else {})}


class Events:
    """EventBridge, which accepts everything.

    Attributes
    ----------
    entries : list of mapping
        Everything that was published.
    """

    def __init__(self, network: Network) -> None:
        self.entries: list[Mapping[str, Any]] = []
        self._network = network

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as botocore's
        """Accept events."""
        self._network.call("events", "PutEvents")
        self._network.meter.events += len(Entries)
        self.entries += Entries
        return {"Entries": [{"EventId": str(number)} for number in range(len(Entries))]}
