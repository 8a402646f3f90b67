"""The sources of jobs: accounts and regions, and the choice of those that make up the fleet."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

ACCOUNT = re.compile(r"[0-9]{12}")
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
# The root is not allowed: `organization` chooses all accounts.
ORGANIZATIONAL_UNIT = re.compile(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_EXCEPTION = re.compile(f"{ACCOUNT.pattern}(/{REGION.pattern})?")
_NAMES = ("hub", "regions", "accounts", "organizationalUnits", "organization", "except", "roleName")


class Source(NamedTuple):
    """Bedrock's jobs of one account in one region."""

    account: str
    region: str

    def __str__(self) -> str:
        """Return `account/region`, the form in which events, tokens and the table contain it."""
        return f"{self.account}/{self.region}"

    @classmethod
    def parse(cls, text: object) -> "Source | None":
        """Read `account/region`; None for anything else."""
        account, _, region = text.partition("/") if isinstance(text, str) else ("", "", "")
        return cls(account, region) if ACCOUNT.fullmatch(account) and REGION.fullmatch(region) else None


class FleetChoice(NamedTuple):
    """Which accounts and regions make up the fleet. The hub's own source always belongs to it.

    Attributes
    ----------
    own : Source
        The hub's account, and the region whose jobs the hub lists without a fleet.
    regions : tuple of str
        Regions of every chosen account.
    accounts, organizational_units : tuple of str
        Chosen accounts, and units of which all accounts are chosen, including those of units below them. If
        both are empty and `organization` is false, the hub's account alone is chosen.
    organization : bool
        Whether all accounts of the organization are chosen.
    exceptions : frozenset of str
        Accounts, or sources as `account/region`, that are left out.
    role_name : str
        Name of the role that the hub assumes in each other account.
    """

    own: Source
    regions: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    organizational_units: tuple[str, ...] = ()
    organization: bool = False
    exceptions: frozenset[str] = frozenset()
    role_name: str = ""

    @property
    def is_discovered(self) -> bool:
        """Whether the accounts have to be read from AWS Organizations."""
        return self.organization or bool(self.organizational_units)

    def may_contain(self, source: Source) -> bool:
        """Whether the settings allow a source, if AWS Organizations reported its account."""
        if source == self.own:
            return True
        listed = self.accounts or (() if self.is_discovered else (self.own.account,))
        is_account_allowed = self.is_discovered or source.account in listed
        is_left_out = self.exceptions & {source.account, str(source)}
        return source.region in self.regions and is_account_allowed and not is_left_out

    def sources(self, discovered: Iterable[str] = ()) -> tuple[Source, ...]:
        """Return the sources, ordered, given the accounts that AWS Organizations reported."""
        accounts = {*self.accounts, *discovered}
        if not accounts and not self.is_discovered:
            accounts = {self.own.account}
        chosen = {Source(account, region) for account in accounts for region in self.regions}
        left_in = {each for each in chosen if not self.exceptions & {each.account, str(each)}}
        return tuple(sorted({self.own, *left_in}))

    @classmethod
    def from_json(cls, text: str, region: str) -> "FleetChoice":
        """Parse a JSON object of `hub`, an account, and the attributes above as the settings name them.

        Parameters
        ----------
        region : str
            The region of the hub's own source.

        Raises
        ------
        ValueError
            The message says what is wrong and what is allowed.
        """
        given = _given(text)
        hub, role_name = given.get("hub"), given.get("roleName", "")
        if not isinstance(hub, str) or not ACCOUNT.fullmatch(hub):
            raise ValueError(f"hub is {hub!r}; allowed: the 12 digits of an account")
        if not isinstance(role_name, str) or (role_name and not ROLE_NAME.fullmatch(role_name)):
            raise ValueError(f"roleName is {role_name!r}; allowed: the name of a role")
        choice = cls(
            own=Source(hub, region),
            regions=_texts(given, "regions", REGION),
            accounts=_texts(given, "accounts", ACCOUNT),
            organizational_units=_texts(given, "organizationalUnits", ORGANIZATIONAL_UNIT),
            organization=_boolean(given, "organization"),
            exceptions=frozenset(_texts(given, "except", _EXCEPTION)),
            role_name=role_name,
        )
        if not role_name and (choice.is_discovered or {*choice.accounts} - {hub}):
            raise ValueError("roleName is missing; other accounts than the hub's are chosen")
        return choice


def _given(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise ValueError("not JSON; allowed: a JSON object") from error
    if not isinstance(given, dict):
        raise ValueError("not a JSON object; allowed: a JSON object")  # noqa: TRY004
    for name in given:
        if name not in _NAMES:
            raise ValueError(f"unknown name {name!r}; allowed: {', '.join(_NAMES)}")
    return given


def _boolean(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; allowed: true or false")  # noqa: TRY004
    return value


def _texts(given: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    values = given.get(name, [])
    if not isinstance(values, list):
        raise ValueError(f"{name} is {values!r}; allowed: a list")  # noqa: TRY004
    for value in values:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"{name} has {value!r}; allowed: texts that match {pattern.pattern}")
    return tuple(values)
