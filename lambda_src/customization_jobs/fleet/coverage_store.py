"""The coverage of all sources, and the fleet's other documents, in the watch's table."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from customization_jobs.aws.table import Document, VersionConflict
from customization_jobs.errors import WatchUnavailableException
from customization_jobs.fleet.coverage import SourceCoverage
from customization_jobs.fleet.documents import Documents
from customization_jobs.sources import Source
from customization_jobs.timestamps import parse_timestamp_or_none

# Keys of the documents. No ARN starts like these.
_SOURCES = "#fleet/sources"
_COVERAGE = "#source/"
_MAX_ATTEMPTS = 5


class ChosenSources(NamedTuple):
    """The sources that the last discovery found.

    Attributes
    ----------
    since : datetime
        When they were chosen.
    """

    sources: tuple[Source, ...]
    since: datetime


class CoverageStore:
    """Reads and writes the coverage of sources.

    All methods raise `WatchUnavailableException` if the table does not answer, or refuses.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def chosen(self) -> ChosenSources | None:
        """Return the sources that the last discovery found; None before the first."""
        document = self._documents.get(_SOURCES)
        return _chosen(document.body) if document else None

    def choose(self, sources: tuple[Source, ...], now: datetime) -> None:
        """Store the sources of a discovery, unless they are the same as those of the last one."""
        document = self._documents.get(_SOURCES)
        known = _chosen(document.body) if document else None
        if known is None or known.sources != sources:
            body = {"sources": [str(each) for each in sources], "since": now.isoformat()}
            # The lease on the sweep leaves no concurrent writer.
            self._documents.put(_SOURCES, Document(body, document.version if document else 0))

    def get(self, source: Source) -> SourceCoverage | None:
        """Return the coverage of a source; None if no sweep has attempted to list it."""
        document = self._documents.get(_key(source))
        return _coverage(source, document) if document else None

    def get_all(self, chosen: ChosenSources, *, consistent: bool = False) -> list[SourceCoverage]:
        """Return the coverage of all sources, in their order; by default, eventually consistent."""
        stored = self._documents.get_many(map(_key, chosen.sources), consistent=consistent)
        return [
            _coverage(source, stored[_key(source)])
            if _key(source) in stored
            else SourceCoverage.unlisted(source, chosen.since)
            for source in chosen.sources
        ]

    def update(
        self, source: Source, now: datetime, change: Callable[[SourceCoverage], SourceCoverage | None]
    ) -> SourceCoverage:
        """Change the coverage of a source, whoever else changes it at the same time, and return it.

        Parameters
        ----------
        change : callable
            Returns the coverage to write; None leaves it as it is. It may be called several times.
        """
        for _ in range(_MAX_ATTEMPTS):
            known = self.get(source) or SourceCoverage.unlisted(source, now)
            changed = change(known)
            if changed is None:
                return known
            try:
                self._documents.put(_key(source), Document(changed.to_json(), known.version))
            except VersionConflict:
                continue
            return changed
        raise WatchUnavailableException(
            "Too many concurrent writes to the coverage of a source. Try again later."
        )


def _key(source: Source) -> str:
    return f"{_COVERAGE}{source}"


def _coverage(source: Source, document: Document) -> SourceCoverage:
    try:
        return SourceCoverage.from_json(source, document.body, document.version)
    except (KeyError, TypeError, ValueError) as error:
        raise WatchUnavailableException(
            f"The coverage of the source {source} is not readable by this version ({error!r}). Deploy the "
            "version that wrote it, or delete the item from the table."
        ) from error


def _chosen(body: Any) -> ChosenSources | None:
    written = body if isinstance(body, Mapping) else {}
    sources = tuple(filter(None, map(Source.parse, written.get("sources", ()))))
    since = parse_timestamp_or_none(written.get("since"))
    return ChosenSources(sources, since) if since else None
