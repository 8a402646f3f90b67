"""Sources and their coverage, as the console shows them."""

from collections.abc import Mapping
from typing import Any

from local.common.fleet import MEMBERS, FleetSource
from local.common.identifiers import ACCOUNT
from local.demonstration.formatting import counts

_NAMES = {ACCOUNT: "hub", **MEMBERS}


def source_name(account: str, region: str) -> str:
    """Return a short name of a source."""
    return f"{_NAMES.get(account, account)}/{region}"


def source_of(arn: str) -> FleetSource:
    """Return the source of a job."""
    region, account = arn.split(":")[3:5]
    return FleetSource(account, region)


def coverage_line(coverage: Mapping[str, Any]) -> str:
    """Return the coverage of an answer as one line."""
    states = counts(coverage["byState"])
    complete = "complete" if coverage["complete"] else "not complete"
    return f"Coverage: {complete}, {coverage['sources']} sources: {states}"
