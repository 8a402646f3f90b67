"""The inputs of the fleet's answers: Bedrock's, the source of the jobs, and the state of a source."""

import re

from customization_jobs.fleet.coverage import State
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.query import JobQuery, QueryContract

_DIGITS = 12
_REGION = (9, 32)


def _text(name: str, lengths: tuple[int, int], pattern: str) -> Input:
    return Input(name, "string", (), *lengths, pattern, re.compile(pattern))


_SOURCE = {
    "account": _text("account", (_DIGITS, _DIGITS), "[0-9]{12}"),
    "region": _text("region", _REGION, "[a-z]{2,}(-[a-z]+)+-[0-9]+"),
}
_STATE = Input("state", "string", tuple(map(str, State)), None, None, None, None)


def jobs_contract(contract: QueryContract) -> QueryContract:
    """Return the contract of listing the fleet's jobs: Bedrock's inputs, `account` and `region`."""
    return contract.with_inputs({**contract.inputs, **_SOURCE})


def overview_contract(contract: QueryContract) -> QueryContract:
    """Return the contract of the fleet's overview: `account` and `region`."""
    return contract.with_inputs(_SOURCE)


def coverage_contract(contract: QueryContract) -> QueryContract:
    """Return the contract of the coverage: `account`, `region`, `state`, `maxResults` and `nextToken`."""
    paging = {name: contract.inputs[name] for name in ("maxResults", "nextToken")}
    return contract.with_inputs({**_SOURCE, "state": _STATE, **paging})


def selected_source(query: JobQuery) -> tuple[str | None, str | None]:
    """Return the account and the region that a query selects."""
    account, region = (query.parameters.get(name) for name in ("account", "region"))
    return None if account is None else str(account), None if region is None else str(region)
