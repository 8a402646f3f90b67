"""The subject of a mail: what happened to which job, why, and where."""

from collections import Counter
from collections.abc import Sequence

from customization_jobs.notify.job_event import JobEvent
from customization_jobs.notify.kinds import KINDS
from customization_jobs.notify.plain import ascii_only, cut

# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: ASCII text, fewer than 100 characters in one
# place and up to 100 in another.
SUBJECT_LENGTH = 100
_PART_LENGTH = 30
# At least this much of a name remains, whatever follows it.
_LEAST_NAME_LENGTH = 20
_SHOWN_SUMMARIES = 3


def subject(events: Sequence[JobEvent]) -> str:
    """Return the subject for one event, or for several of one kind: printable ASCII, 100 characters at most.

    A long name is cut, so that the reason and the place remain.
    """
    first, *others = events
    label = KINDS[first.kind].label
    summary = _summaries(events) if others else cut(_summary(first), _PART_LENGTH)
    place = [first.region] if others else [first.short_model, first.region]
    parts = ", ".join(cut(each, _PART_LENGTH) for each in place if each)
    rest = ascii_only((f": {summary}" if summary else "") + (f" ({parts})" if parts else ""))
    name = f"{len(events)} jobs" if others else ascii_only(first.job_name)
    left = SUBJECT_LENGTH - len(label) - 1
    rest = cut(rest, left - min(len(name), _LEAST_NAME_LENGTH))
    return f"{label} {cut(name, left - len(rest))}{rest}"


def _summary(event: JobEvent) -> str:
    return KINDS[event.kind].summary(event)


def _summaries(events: Sequence[JobEvent]) -> str:
    """Return the most frequent summaries with their counts, if there are few enough to say something."""
    counts = Counter(map(_summary, events)).most_common()
    if len(counts) > _SHOWN_SUMMARIES and counts[0][1] == 1:
        return ""
    shown = [f"{count} {cut(text, _PART_LENGTH - 10)}" for text, count in counts[:_SHOWN_SUMMARIES] if text]
    others = sum(count for _, count in counts[_SHOWN_SUMMARIES:])
    return ", ".join([*shown, *([f"{others} others"] if others else [])])
