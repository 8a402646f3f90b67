"""The settings of the fleet: which accounts and regions it has, and how they are swept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from customization_jobs.fleet.lease import LEASE
from customization_jobs.sources import ACCOUNT, ORGANIZATIONAL_UNIT, REGION
from infra.settings.job_settings import JobSettings
from infra.settings.rules import Rule, list_of, optional, rule, setting, text, whole_number
from infra.settings.schedule_expression import longest_interval_minutes

# The value of `fleetAccounts` that chooses all accounts.
ORGANIZATION: Literal["organization"] = "organization"
# A function's environment is limited to 4 KB.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_ACCOUNTS = 150
# Step Functions accepts more for an inline Map, but runs only 40 iterations at once.
# https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
MOST_INLINE_SOURCES = 40
# The execution of a sweep is ended after this time, at which its lease in the table has expired as well.
SWEEP_TIMEOUT_SECONDS = int(LEASE.total_seconds())

_ACCOUNTS_ALLOWED = (
    f'"organization", or a list of at most {MOST_ACCOUNTS} different account ids (a function\'s environment '
    "is limited to 4 KB; for more, use organizational units)"
)
_LISTED_ACCOUNTS = list_of(_ACCOUNTS_ALLOWED, ACCOUNT.pattern, most=MOST_ACCOUNTS)
_ACCOUNTS = rule(
    _ACCOUNTS_ALLOWED, lambda value: value == ORGANIZATION or _LISTED_ACCOUNTS.violation(value) is None
)
_REGIONS: Rule = list_of("a list of different region names, such as us-east-1", REGION.pattern, most=50)
_UNITS: Rule = list_of(
    "a list of different ids of organizational units, such as ou-ab12-cdef3456",
    ORGANIZATIONAL_UNIT.pattern,
    most=50,
)
_EXCEPTIONS: Rule = list_of(
    "a list of different account ids, or ACCOUNT/REGION, such as 111122223333/us-east-1",
    f"{ACCOUNT.pattern}(/{REGION.pattern})?",
    most=150,
)
# 58, because the member template has a second role, whose name has "Events" at its end.
# The name, with a suffix, is also that of an EventBridge rule, which allows fewer characters than IAM.
_ROLE_NAME = text("1 to 58 letters, digits, dots, underscores and hyphens", r"[A-Za-z0-9_.-]{1,58}")


@dataclass(frozen=True, kw_only=True)
class FleetSettings(JobSettings):
    """The accounts and regions besides the stack's own. Without `fleet_regions` there is no fleet."""

    fleet_regions: Sequence[str] = setting(
        (),
        _REGIONS,
        "Regions of the fleet, in each of its accounts. If not empty, the stack watches a fleet "
        "([operations.md](operations.md#a-fleet-of-accounts-and-regions)); the stack's own account in "
        "`bedrockRegion` always belongs to it.",
    )
    fleet_accounts: Sequence[str] | Literal["organization"] = setting(
        (),
        _ACCOUNTS,
        "Accounts of the fleet. `organization` chooses every active account of the organization. Without "
        "accounts and organizational units, the fleet is the stack's own account in `fleetRegions`.",
    )
    fleet_organizational_units: Sequence[str] = setting(
        (),
        _UNITS,
        "Organizational units whose accounts belong to the fleet, with those of the units below them.",
    )
    fleet_except: Sequence[str] = setting(
        (),
        _EXCEPTIONS,
        "Accounts, or single regions of accounts, that are left out.",
    )
    fleet_organization_id: str | None = setting(
        None,
        optional(text("the id of an organization, such as o-a1b2c3d4e5", r"o-[a-z0-9]{10,32}")),
        "Organization to which the hub and the members belong. Required with other accounts: nothing outside "
        "it is trusted.",
    )
    fleet_role_name: str = setting(
        "CustomizationJobsMember",
        _ROLE_NAME,
        "Name of the role that the watch function assumes in each other account. `make member-template` "
        "creates it.",
    )
    fleet_concurrency: int = setting(
        20,
        whole_number(1, 1000),
        f"Number of sources that are swept at once (at most {MOST_INLINE_SOURCES} of them inline).",
    )
    fleet_distributed_above: int = setting(
        MOST_INLINE_SOURCES,
        whole_number(0, MOST_INLINE_SOURCES),
        "More sources than this are swept by a Distributed Map, with a child execution each; fewer inline.",
    )

    @property
    def has_fleet(self) -> bool:
        """Whether the stack watches a fleet."""
        return bool(self.fleet_regions)

    @property
    def chooses_organization(self) -> bool:
        """Whether all accounts of the organization are chosen."""
        return self.fleet_accounts == ORGANIZATION

    @property
    def discovers_accounts(self) -> bool:
        """Whether accounts are read from AWS Organizations."""
        return self.chooses_organization or bool(self.fleet_organizational_units)

    @property
    def listed_accounts(self) -> Sequence[str]:
        """The accounts that are chosen one by one."""
        return () if self.chooses_organization else self.fleet_accounts

    @property
    def has_other_accounts(self) -> bool:
        """Whether the fleet has accounts that the watch function assumes a role in."""
        return self.has_fleet and bool(self.fleet_accounts or self.fleet_organizational_units)

    @property
    def late_after_seconds(self) -> int:
        """Age from which the listing of a source is too old: two intervals and the longest sweep."""
        interval = longest_interval_minutes(self.schedule_expression)
        minutes = (
            (self.sweep_missing_after_hours or 0) * 60
            if interval is None
            else interval + self.schedule_flexible_minutes
        )
        return 2 * minutes * 60 + SWEEP_TIMEOUT_SECONDS

    @property
    def longest_sweep_seconds(self) -> int:
        """The longest time from the start of a sweep to its end."""
        return SWEEP_TIMEOUT_SECONDS if self.has_fleet else self.watch_timeout_seconds

    def fleet_choice(self, hub: str) -> Mapping[str, Any]:
        """Return the variable `FLEET` of the functions before it is written as JSON.

        Parameters
        ----------
        hub : str
            The account of the stack.
        """
        return {
            "hub": hub,
            "regions": list(self.fleet_regions),
            "accounts": list(self.listed_accounts),
            "organizationalUnits": list(self.fleet_organizational_units),
            "organization": self.chooses_organization,
            "except": list(self.fleet_except),
            "roleName": self.fleet_role_name,
        }
