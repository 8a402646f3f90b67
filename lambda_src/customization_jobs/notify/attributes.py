"""Message attributes, by which a subscription's filter policy can select notifications."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from customization_jobs.notify.job_event import JobEvent

# SNS allows 256 KiB for a message with its attributes. A digest names the first jobs, some 300.
_BYTES = 20_000
_ATTRIBUTES: Mapping[str, Callable[[JobEvent], str]] = {
    "kind": lambda event: event.kind,
    "jobName": lambda event: event.job_name,
    "customizationType": lambda event: event.customization_type,
    "baseModel": lambda event: event.model,
    "owner": lambda event: event.owner,
    "failureCategory": lambda event: event.failure.category,
    "region": lambda event: event.region,
    "account": lambda event: event.account,
}


def attributes(events: Sequence[JobEvent]) -> Mapping[str, Sequence[str]]:
    """Return the attributes of one event, or of several: each with its distinct values, none of them empty.

    An attribute that is unknown is left out, because SNS refuses empty values.
    """
    distinct = {name: list(_first(dict.fromkeys(map(read, events)))) for name, read in _ATTRIBUTES.items()}
    return {name: values for name, values in distinct.items() if values}


def _first(values: Iterable[str]) -> Iterator[str]:
    size = 0
    for value in filter(None, values):
        size += len(value.encode())
        if size > _BYTES:
            return
        yield value
