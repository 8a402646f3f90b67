"""The coverage of all sources, and the fleet's other documents, in the watch's table."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from customization_jobs.aws.table import Document, VersionConflict
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.coverage import SourceCoverage, State
from customization_jobs.fleet.documents import Documents
from customization_jobs.sources import Source
from customization_jobs.timestamps import parse_timestamp_or_none

# Keys of the documents. No ARN starts like these.
_SOURCES = "#fleet/sources"
_COVERAGE = "#source/"
_MAX_ATTEMPTS = 5
# As many as a fleet can have. With this many, the document stays below DynamoDB's limit of 400 KB.
_MAX_REMOVED = 8000
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Removal(NamedTuple):
    """A source that left the fleet, and when a discovery no longer found it."""

    source: Source
    at: datetime


class ChosenSources(NamedTuple):
    """The sources that the last discovery found.

    Attributes
    ----------
    since : datetime
        When they were chosen.
    accounts_as_of : datetime or None
        When their accounts were last read from AWS Organizations; None if they do not come from there.
    removed : tuple of Removal
        The sources that left and whose `SourceRemoved` is not yet recorded as published; 8,000 at most.
    """

    sources: tuple[Source, ...]
    since: datetime
    accounts_as_of: datetime | None = None
    removed: tuple[Removal, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the form in which the table has it."""
        # Grouped by time and region, because another 8,000 sources in full would be too large for one item.
        removed: dict[str, dict[str, list[str]]] = {}
        for (account, region), at in self.removed:
            removed.setdefault(at.isoformat(), {}).setdefault(region, []).append(account)
        return {
            "sources": [str(each) for each in self.sources],
            "since": self.since.isoformat(),
            "accountsAsOf": self.accounts_as_of.isoformat() if self.accounts_as_of else None,
            "removed": removed,
        }

    @classmethod
    def from_json(cls, body: Any) -> "ChosenSources | None":
        """Read what `to_json` returned; None if it is not readable."""
        written = body if isinstance(body, Mapping) else {}
        since = parse_timestamp_or_none(written.get("since"))
        if since is None:
            return None
        sources = tuple(filter(None, map(Source.parse, written.get("sources", ()))))
        removed = tuple(
            Removal(Source(account, region), at)
            for time, by_region in written.get("removed", {}).items()
            if (at := parse_timestamp_or_none(time))
            for region, accounts in by_region.items()
            for account in accounts
        )
        return cls(sources, since, parse_timestamp_or_none(written.get("accountsAsOf")), removed)

    def followed_by(
        self, sources: tuple[Source, ...], now: datetime, accounts_as_of: datetime | None
    ) -> "ChosenSources":
        """Return the result of a later discovery. If it found the same sources, `since` does not change."""
        if sources == self.sources:
            return self._replace(accounts_as_of=accounts_as_of)
        chosen = frozenset(sources)
        removed = [each for each in self.removed if each.source not in chosen]
        removed += [Removal(each, now) for each in self.sources if each not in chosen]
        return ChosenSources(sources, now, accounts_as_of, tuple(removed[:_MAX_REMOVED]))


class CoverageStore:
    """Reads and writes the coverage of sources.

    All methods raise `WatchUnavailableException` if the table does not answer, or refuses.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def chosen(self) -> ChosenSources | None:
        """Return the sources that the last discovery found; None before the first."""
        document = self._documents.get(_SOURCES)
        return ChosenSources.from_json(document.body) if document else None

    def choose(
        self, sources: tuple[Source, ...], now: datetime, accounts_as_of: datetime | None = None
    ) -> None:
        """Store the sources of a discovery, unless it found the same as the last one, as of the same time.

        Parameters
        ----------
        accounts_as_of : datetime or None
            When AWS Organizations last reported their accounts.
        """

        def change(known: ChosenSources | None) -> ChosenSources:
            if known is None:
                return ChosenSources(sources, now, accounts_as_of)
            return known.followed_by(sources, now, accounts_as_of)

        self._change_chosen(change)

    def forget(self, removed: Collection[Removal]) -> None:
        """Remove sources from those whose removal is still to be published."""
        published = frozenset(removed)

        def change(known: ChosenSources | None) -> ChosenSources | None:
            if known is None:
                return None
            return known._replace(removed=tuple(each for each in known.removed if each not in published))

        self._change_chosen(change)

    def _change_chosen(self, change: Callable[[ChosenSources | None], ChosenSources | None]) -> None:
        for _ in range(_MAX_ATTEMPTS):
            document = self._documents.get(_SOURCES)
            known = ChosenSources.from_json(document.body) if document else None
            changed = change(known)
            if changed is None or changed == known:
                return
            # At a conflict, this write has usually succeeded and only its answer was lost: the lease on the
            # sweep leaves no concurrent writer.
            with suppress(VersionConflict):
                self._documents.put(
                    _SOURCES, Document(changed.to_json(), document.version if document else 0)
                )
                return
        raise WatchUnavailableException("Too many concurrent writes of the fleet's sources. Try again later.")

    def get(self, source: Source) -> SourceCoverage | None:
        """Return the coverage of a source; None if no sweep has attempted to list it.

        Raises
        ------
        WatchUnavailableException
            Also if the coverage is not readable.
        """
        document = self._documents.get(_key(source))
        return _coverage(source, document) if document else None

    def get_all(self, chosen: ChosenSources, *, consistent: bool = False) -> list[SourceCoverage]:
        """Return the coverage of all sources, in their order; by default, eventually consistent.

        A source whose coverage is not readable counts as failed, until its next sweep writes it anew.
        """
        stored = self._documents.get_many(map(_key, chosen.sources), consistent=consistent)
        return [
            _coverage_or_failed(source, stored.get(_key(source)), chosen.since) for source in chosen.sources
        ]

    def update(
        self, source: Source, now: datetime, change: Callable[[SourceCoverage], SourceCoverage | None]
    ) -> SourceCoverage:
        """Change the coverage of a source, despite concurrent writers, and return it.

        Parameters
        ----------
        change : callable
            Returns the coverage to write; None leaves it as it is. It may be called several times.
        """
        for _ in range(_MAX_ATTEMPTS):
            known = _coverage_or_failed(source, self._documents.get(_key(source)), now)
            changed = change(known)
            if changed is None:
                return known
            try:
                self._documents.put(_key(source), Document(changed.to_json(), known.version))
            except VersionConflict:
                continue
            return replace(changed, version=known.version + 1)
        raise WatchUnavailableException(
            "Too many concurrent writes to the coverage of a source. Try again later."
        )


def _key(source: Source) -> str:
    return f"{_COVERAGE}{source}"


def _coverage_or_failed(source: Source, document: Document | None, since: datetime) -> SourceCoverage:
    unlisted = SourceCoverage.unlisted(source, since)
    if document is None:
        return unlisted
    try:
        return _coverage(source, document)
    except WatchUnavailableException as error:
        # One unreadable source must not prevent answers about the others.
        return replace(
            unlisted,
            state=State.FAILED,
            attempted=_LONG_AGO,
            reason=str(error),
            version=document.version,
        )


def _coverage(source: Source, document: Document) -> SourceCoverage:
    try:
        return SourceCoverage.from_json(source, document.body, document.version)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WatchUnavailableException(
            f"The coverage of the source {source} is not readable by this version ({error!r}). Deploy the "
            "version that wrote it, or delete the item from the table."
        ) from error
