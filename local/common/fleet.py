"""The fleet of the local run: three accounts, one of them the hub, in two regions each."""

from typing import NamedTuple

from local.common.identifiers import ACCOUNT, REGION

MEMBERS = {"210987654321": "research", "345678901234": "support"}
ROLE_NAME = "CustomizationJobsMember"
_OTHER_REGION = "us-west-2"
# Difference between the seeds of two sources, whose jobs would otherwise be the same.
SEED_STEP = 100


class FleetSource(NamedTuple):
    """Bedrock's jobs of one account in one region."""

    account: str
    region: str

    def __str__(self) -> str:
        """Return `account/region`."""
        return f"{self.account}/{self.region}"


def fleet_regions(region: str) -> tuple[str, str]:
    """Return the region of the run, and another."""
    return region, REGION if region == _OTHER_REGION else _OTHER_REGION


def fleet_sources(region: str) -> list[FleetSource]:
    """Return all sources, that of the hub in the region of the run first."""
    regions = fleet_regions(region)
    return [FleetSource(account, each) for account in (ACCOUNT, *MEMBERS) for each in regions]
