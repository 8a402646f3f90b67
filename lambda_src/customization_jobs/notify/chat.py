"""The chat message: a custom notification of Amazon Q Developer in chat applications.

Fields and limits: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html. Where sources
differ on a limit, the smaller one is used. Slack and Microsoft Teams receive the same text. Their markup
differs, so the text has none but code spans, which both show literally.
"""

import json
from collections.abc import Sequence
from typing import Any

from customization_jobs.notify.attributes import attributes
from customization_jobs.notify.job_event import JobEvent
from customization_jobs.notify.kinds import KINDS
from customization_jobs.notify.mail import jobs_url, remedies
from customization_jobs.notify.plain import cut
from customization_jobs.notify.table import table

TITLE_LENGTH = 250
DESCRIPTION_LENGTH = 8000
NEXT_STEP_LENGTH = 250
NEXT_STEPS = 10
KEYWORD_LENGTH = 75
METADATA_LENGTH = 250
_REASON_LENGTH = 2500
_NAME_LENGTH = 120
_ROWS = 25
# Nothing in text from outside may end a code span, make a link, or mention a person or a channel, not even
# where a client shows code spans as plain text. A zero-width space after @ and : is invisible.
_INERT = str.maketrans(
    {
        "`": "'",
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        "[": "(",
        "]": ")",
        "|": "/",
        "@": "@\N{ZERO WIDTH SPACE}",
    }
)


def chat(events: Sequence[JobEvent]) -> str:
    """Return the message for one event, or for several of one kind, as JSON.

    Messages about one job share a thread; a digest has its own.
    """
    first, *others = events
    content = _digest(events) if others else _single(first)
    facts = (first.short_model, first.customization_type, first.region) if not others else (first.region,)
    message = {
        "version": "1.0",
        "source": "custom",
        "id": cut(first.id, METADATA_LENGTH),
        "content": {
            "textType": "client-markdown",
            **content,
            "keywords": [cut(inert(each), KEYWORD_LENGTH) for each in (first.kind, *facts) if each],
        },
        "metadata": {
            "threadId": cut(_thread(events), METADATA_LENGTH),
            "summary": content["title"],
            "eventType": first.kind,
            "relatedResources": [first.job_arn] if not others else [],
            "additionalContext": {
                name: cut(", ".join(values), METADATA_LENGTH) for name, values in attributes(events).items()
            },
        },
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def inert(text: str) -> str:
    """Return text from outside without what chat clients would act upon."""
    return text.translate(_INERT).replace("://", ":\N{ZERO WIDTH SPACE}//")


def _thread(events: Sequence[JobEvent]) -> str:
    first = events[0]
    # Not the job's ARN, because it has two forms.
    return f"{first.account}-{first.region}-{first.job_id}" if len(events) == 1 else f"digest-{first.id}"


def _single(event: JobEvent) -> dict[str, Any]:
    kind = KINDS[event.kind]
    summary = kind.summary(event)
    title = f"{kind.label} {_code(event.job_name, _NAME_LENGTH)}"
    lines = [
        f"The model customization job {kind.happened}.",
        f"Why: {_code(kind.why(event), _REASON_LENGTH)}",
    ]
    if event.model:
        of = f", {_code(event.customization_type)}" if event.customization_type else ""
        lines.append(f"Base model: {_code(event.model)}{of}")
    lines.append(f"Where: {_code(event.region)}, account {_code(event.account)}")
    if event.owner:
        lines.append(f"Owner: {_code(event.owner)}")
    if event.expected_end:
        lines.append(f"Expected end: {_code(event.expected_end)}")
    lines.append(f"When: {_code(event.time)}")
    links = (("Console", event.console_url), ("Guide", event.failure.link))
    lines.extend(f"{name}: {url}" for name, url in links if url)
    return {
        "title": cut(f"{title}: {inert(summary)}" if summary else title, TITLE_LENGTH),
        "description": cut("\n".join(lines), DESCRIPTION_LENGTH),
        **_next_steps(kind.what_to_do(event)),
    }


def _digest(events: Sequence[JobEvent]) -> dict[str, Any]:
    first, kind = events[0], KINDS[events[0].kind]
    console = jobs_url(first)
    lines = [
        f"{len(events)} model customization jobs {kind.happened}.",
        f"```\n{inert(table(events, longest=_ROWS))}\n```",
        f"Where: {_code(first.region)}, account {_code(first.account)}",
        *([f"Console: {console}"] if console else []),
    ]
    return {
        "title": f"{kind.label} {len(events)} jobs",
        "description": cut("\n".join(lines), DESCRIPTION_LENGTH),
        **_next_steps([f"{count} of {len(events)}: {' '.join(steps)}" for steps, count in remedies(events)]),
    }


def _next_steps(texts: Sequence[str]) -> dict[str, Sequence[str]]:
    steps = [inert(sentence) for text in texts for sentence in _sentences(text)]
    return {"nextSteps": [cut(each, NEXT_STEP_LENGTH) for each in steps[:NEXT_STEPS]]} if steps else {}


def _sentences(text: str) -> Sequence[str]:
    """Split text that is too long for one step."""
    return [text] if len(text) <= NEXT_STEP_LENGTH else text.replace(". ", ".\n").split("\n")


def _code(text: str, length: int = 128) -> str:
    """Return text from outside as a code span."""
    return f"`{inert(cut(text, length))}`" if text else "unknown"
