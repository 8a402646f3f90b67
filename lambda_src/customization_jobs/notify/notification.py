"""A notification, and which events share one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from customization_jobs.notify.attributes import attributes
from customization_jobs.notify.chat import chat
from customization_jobs.notify.job_event import JobEvent
from customization_jobs.notify.mail import mail
from customization_jobs.notify.subject import subject


class Notification(NamedTuple):
    """What is published about one event, or about several of one kind.

    Attributes
    ----------
    subject, mail, chat : str
        Subject and text of a mail; the chat message as JSON.
    attributes : mapping of str to sequence of str
        See `attributes.attributes`.
    """

    subject: str
    mail: str
    chat: str
    attributes: Mapping[str, Sequence[str]]


def compose(events: Sequence[JobEvent]) -> Notification:
    """Compose the notification for one event, or for several of one kind."""
    return Notification(subject(events), mail(events), chat(events), attributes(events))


def group(events: Iterable[JobEvent], *, digest_above: int) -> list[list[JobEvent]]:
    """Return the events of each notification: alone, or together if more than `digest_above` are alike.

    Events are alike if they are of one kind, account and region.
    """
    by_kind: dict[tuple[str, str, str], list[JobEvent]] = {}
    for event in events:
        by_kind.setdefault((event.kind, event.account, event.region), []).append(event)
    groups: list[list[JobEvent]] = []
    for alike in by_kind.values():
        groups += [alike] if len(alike) > digest_above else [[event] for event in alike]
    return groups
