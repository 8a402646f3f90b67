"""The inputs of the fleet's overview and coverage: the source of the jobs, and the state of a source."""

from customization_jobs.fleet.coverage import State
from customization_jobs.fleet.query import ACCOUNT, REGION
from customization_jobs.listing.inputs import Input
from customization_jobs.listing.query import JobQuery, QueryContract

_SOURCE = {each.name: each for each in (ACCOUNT, REGION)}
_STATE = Input("state", "string", tuple(map(str, State)), None, None, None, None)


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
