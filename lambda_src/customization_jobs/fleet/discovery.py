"""Discovery: the sources that the settings choose, with the accounts that AWS Organizations reports."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from customization_jobs.aws.table import Document, VersionConflict
from customization_jobs.errors import (
    CustomizationJobsError,
    UnexpectedAnswerException,
    ValidationException,
)
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.documents import Documents
from customization_jobs.sources import FleetChoice, Source
from customization_jobs.timestamps import parse_timestamp_or_none

_ACCOUNTS = "#fleet/accounts"
# AWS Organizations throttles from some 250 accounts on, at 20 accounts a page.
_READ_EVERY = timedelta(hours=1)
# For how long `check` trusts what it has read. A new execution environment reads the document for the
# first source that it checks, strongly consistent: 1 read unit for each 4 KB, some 7 at 1,000 sources, 60 at
# 8,000.
_CHECK_AGAIN_AFTER = timedelta(minutes=1)
# What a state of Step Functions can pass on: 256 KiB, at most 31 bytes a source.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_SOURCES = 8000


class Accounts(Protocol):
    """Lists accounts; see `aws.organization.Organization`."""

    def accounts(self) -> list[str]:
        """Return the ids of all accounts."""
        ...

    def accounts_in(self, unit: str) -> list[str]:
        """Return the ids of the accounts of a unit, and of all units below it."""
        ...


class _Accounts(NamedTuple):
    ids: tuple[str, ...]
    as_of: datetime | None


class _Known(NamedTuple):
    sources: frozenset[Source]
    read_at: datetime


class Discovery:
    """Finds the sources of the fleet.

    Parameters
    ----------
    organization : callable
        Opens AWS Organizations. Called only if the settings choose accounts through it.
    on_stale : callable
        Called with the error if AWS Organizations failed, or reported no accounts although it had before, so
        that the older list of accounts is used. `ChosenSources.accounts_as_of` has its time.
    """

    def __init__(
        self,
        choice: FleetChoice,
        documents: Documents,
        store: CoverageStore,
        *,
        organization: Callable[[], Accounts],
        on_stale: Callable[[CustomizationJobsError], None],
        now: Callable[[], datetime],
    ) -> None:
        self._choice = choice
        self._documents = documents
        self._store = store
        self._organization = organization
        self._on_stale = on_stale
        self._now = now
        self._known: _Known | None = None

    def discover(self) -> tuple[Source, ...]:
        """Find the sources, and store them for answers about the fleet.

        Raises
        ------
        ValidationException
            There are too many sources for one state machine.
        CustomizationJobsError
            AWS Organizations failed, and its accounts have never been read; or the table failed.
        """
        accounts = self._accounts() if self._choice.is_discovered else _Accounts((), None)
        sources = self._choice.sources(accounts.ids)
        if len(sources) > MAX_SOURCES:
            raise ValidationException(
                f"The settings choose {len(sources)} sources; allowed: at most {MAX_SOURCES}. Choose fewer "
                "regions (fleetRegions), leave out accounts (fleetExcept), or deploy a second hub."
            )
        self._store.choose(sources, self._now(), accounts.as_of)
        self._known = None
        return sources

    def check(self, source: Source) -> None:
        """Check that a source belongs to the fleet, before any call is made for it.

        Raises
        ------
        ValidationException
            The settings do not choose it, or the last discovery did not find its account.
        """
        is_chosen = self._choice.may_contain(source) and self._is_discovered(source)
        if source != self._choice.own and not is_chosen:
            raise ValidationException(
                f"{source} is not a source of this fleet. Add it to the settings fleetRegions, fleetAccounts "
                "or fleetOrganizationalUnits, and wait for the next sweep."
            )

    def _is_discovered(self, source: Source) -> bool:
        known = self._known
        if known is None or source not in known.sources or self._now() - known.read_at > _CHECK_AGAIN_AFTER:
            chosen = self._store.chosen()
            known = self._known = _Known(frozenset(chosen.sources if chosen else ()), self._now())
        return source in known.sources

    def _accounts(self) -> _Accounts:
        document = self._documents.get(_ACCOUNTS)
        known = self._stored_accounts(document)
        if known.ids and known.as_of and self._now() - known.as_of < _READ_EVERY:
            return known
        try:
            accounts = self._read()
            if known.ids and not accounts:
                raise UnexpectedAnswerException(
                    "AWS Organizations reported no accounts, but had reported some before. Check that the "
                    "settings name existing organizational units."
                )
        except CustomizationJobsError as error:
            if not known.ids:
                raise
            self._on_stale(error)
            return known
        as_of = self._now()
        written = {"accounts": accounts, "chosenBy": self._chosen_by(), "readAt": as_of.isoformat()}
        # At a conflict, another invocation has read the accounts at the same time.
        with suppress(VersionConflict):
            self._documents.put(_ACCOUNTS, Document(written, document.version if document else 0))
        return _Accounts(tuple(accounts), as_of)

    def _stored_accounts(self, document: Document | None) -> "_Accounts":
        body: Mapping[str, Any] = document.body if document and isinstance(document.body, dict) else {}
        # A list that was read for other settings says nothing about these.
        is_usable = body.get("chosenBy") == self._chosen_by()
        read_at = parse_timestamp_or_none(body.get("readAt")) if is_usable else None
        return _Accounts(tuple(body.get("accounts", ())) if read_at else (), read_at)

    def _chosen_by(self) -> list[str]:
        return ["organization"] if self._choice.organization else sorted(self._choice.organizational_units)

    def _read(self) -> list[str]:
        organization = self._organization()
        if self._choice.organization:
            return sorted(organization.accounts())
        units = self._choice.organizational_units
        return sorted({account for unit in units for account in organization.accounts_in(unit)})
