"""The kinds of events that have a notification, one row each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from customization_jobs.notify.job_event import JobEvent, MalformedEventError, read_event

_LATE = "It has taken longer than 9 of 10 jobs like it."
_PHASES = {"job": "job", "dataProcessing": "data processing"}
_RETRIES = {
    True: "The same job, created again unchanged, can succeed.",
    False: "The same job, created again unchanged, will fail again.",
}


class KindText(NamedTuple):
    """What a notification of one kind says.

    Attributes
    ----------
    label : str
        First word of subjects and titles.
    happened : str
        Completes "The model customization job NAME ..." and "23 model customization jobs ...".
    summary : callable
        Returns a few words for subjects and tables, or nothing.
    why : callable
        Returns a sentence or two.
    what_to_do : callable
        Returns sentences.
    """

    label: str
    happened: str
    summary: Callable[[JobEvent], str]
    why: Callable[[JobEvent], str]
    what_to_do: Callable[[JobEvent], Sequence[str]]


def _nothing_to_do(_: JobEvent) -> Sequence[str]:
    return ()


def _category(event: JobEvent) -> str:
    category = event.failure.category
    return "reason unknown" if category in ("", "unknown") else category.replace("-", " ")


def _reason(event: JobEvent) -> str:
    return event.failure.message or "Bedrock's message could not be fetched."


def _remedy(event: JobEvent) -> Sequence[str]:
    failure = event.failure
    retry = "" if failure.retry_helps is None else _RETRIES[failure.retry_helps]
    return [each for each in (failure.remedy, retry) if each]


def _scope(event: JobEvent) -> str:
    scope = event.transition.get("scope") or "job"
    return _PHASES.get(scope, scope)


def _phase_and_age(event: JobEvent) -> str:
    phase = event.transition.get("phase") or event.transition.get("status") or _scope(event)
    return f"{_PHASES.get(phase, phase).lower()} {event.transition.get('age', '')}".strip()


def _age_and_limit(event: JobEvent) -> str:
    age, limit = (event.transition.get(name) or "unknown" for name in ("age", "limit"))
    if event.transition.get("status") == "Stopping":
        return f"The job has been stopping for {age}; the limit is {limit}."
    return f"The {_scope(event)} has not ended after {age}; the limit is {limit}."


def _status(event: JobEvent) -> str:
    return f"{_scope(event)} {event.transition.get('status', '')}".strip()


def _custom_model(event: JobEvent) -> str:
    return (
        f"The custom model is {event.custom_model}." if event.custom_model else "The custom model is ready."
    )


KINDS: Mapping[str, KindText] = {
    "Failed": KindText("FAILED", "failed", _category, _reason, _remedy),
    "Stopped": KindText(
        "STOPPED",
        "stopped",
        lambda _: "",
        lambda _: "Somebody called StopModelCustomizationJob. CloudTrail records who it was.",
        lambda _: ("Nothing, if this was intended. Otherwise create the job again.",),
    ),
    "Stuck": KindText(
        "STUCK",
        "exceeded the time limit",
        _phase_and_age,
        _age_and_limit,
        lambda _: (
            "Look at the phases and the metrics of the job.",
            "Stop the job if it makes no progress, or raise the limit in the setting watchLimits.",
        ),
    ),
    "Unstuck": KindText(
        "UNSTUCK",
        "moved on after exceeding the time limit",
        _status,
        lambda event: f"Now: {_status(event)}.",
        _nothing_to_do,
    ),
    "Late": KindText(
        "LATE",
        "has not ended when it was expected to",
        _phase_and_age,
        lambda event: f"It was expected to end {event.expected_end}." if event.expected_end else _LATE,
        lambda _: ("Look at the phases and the metrics of the job. Past jobs like it were faster.",),
    ),
    "Completed": KindText("COMPLETED", "completed", lambda _: "", _custom_model, _nothing_to_do),
    "FailureExplained": KindText(
        "EXPLAINED", "failed, and the reason is now known", _category, _reason, _remedy
    ),
}


def read_notifiable_event(event: Any) -> JobEvent:
    """Read an event of which there is a notification.

    Raises
    ------
    MalformedEventError
        `read_event` cannot read it, or its kind has no row in `KINDS`.
    """
    job_event = read_event(event)
    if job_event.kind not in KINDS:
        raise MalformedEventError(f"no text for the kind {job_event.kind}; known: {', '.join(KINDS)}")
    return job_event
