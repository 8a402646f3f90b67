"""The events of sources that left the fleet."""

from collections.abc import Collection

from customization_jobs.aws.bus import BusEvent
from customization_jobs.fleet.coverage_store import ChosenSources, CoverageStore, Removal
from customization_jobs.fleet.events import removed_event


def removed_events(chosen: ChosenSources, store: CoverageStore) -> list[tuple[Removal, BusEvent]]:
    """Return the event of each source that left, with its coverage as its last sweep left it.

    Raises
    ------
    WatchUnavailableException
        The table does not answer, or refuses.
    """
    if not chosen.removed:
        return []
    sources = tuple(each.source for each in chosen.removed)
    coverages = store.get_all(ChosenSources(sources, chosen.since), consistent=True)
    return [
        (each, removed_event(coverage, each.at))
        for each, coverage in zip(chosen.removed, coverages, strict=True)
    ]


def record_removed(published: Collection[Removal], store: CoverageStore) -> None:
    """Record that the events of sources that left are published.

    A source that was dark loses this mark, so that it is published as dark if it is chosen again and still
    is.

    Raises
    ------
    WatchUnavailableException
        The table does not answer, or refuses. The next sweep publishes the events again, with the same ids.
    """
    if not published:
        return
    ordered = sorted(published)
    coverages = store.get_all(
        ChosenSources(tuple(each.source for each in ordered), ordered[0].at), consistent=True
    )
    for coverage, removal in zip(coverages, ordered, strict=True):
        if coverage.dark_id is not None:
            store.update(removal.source, removal.at, lambda known: known.with_dark_id(None))
    store.forget(published)
