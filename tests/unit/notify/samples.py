"""Events of the watch for notifications: realistic, hostile and arbitrary ones."""

import json
import re
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from customization_jobs.notify.job_event import JobEvent
from customization_jobs.notify.kinds import KINDS, read_notifiable_event

_DOCUMENT = Path(__file__).parents[3] / "docs/events.md"
_JOB_ARN = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/amazon.nova-lite-v1:0:300k"


def detail(kind: str = "Failed", number: int = 7, **changes: Any) -> dict[str, Any]:
    """Return the example of docs/events.md as an event of a kind and a job, with changed fields."""
    (text,) = re.findall(r"## Example\n\n```json\n(.*?)\n```", _DOCUMENT.read_text(), re.DOTALL)
    example = json.loads(text)
    if kind not in ("Failed", "FailureExplained"):
        del example["failure"]
    if kind == "Stuck":
        example["transition"] |= {
            "phase": "training",
            "ageSeconds": 187_200,
            "limitSeconds": 86_400,
            "age": "2 d 4 h",
            "limit": "1 d",
        }
    if kind == "Unstuck":
        example["transition"] |= {"phase": "training", "status": "Completed"}
    if kind == "Completed":
        example["job"]["customModelName"] = "support-tone"
    example["job"] |= {"jobName": f"support-tone-{number}", "jobArn": f"{_JOB_ARN}/{number:012x}"}
    return {**example, "kind": kind, "id": f"{number:032x}", **changes}


def bus_event(event_detail: Any) -> dict[str, Any]:
    """Return an event as EventBridge delivers it."""
    kind = event_detail.get("kind") if isinstance(event_detail, dict) else ""
    return {
        "version": "0",
        "id": "e",
        "source": "bedrock-customization-jobs",
        "detail-type": f"Model Customization Job {kind}",
        "account": "111122223333",
        "region": "us-east-1",
        "detail": event_detail,
    }


def job_event(kind: str = "Failed", number: int = 7, **changes: Any) -> JobEvent:
    return read_notifiable_event(bus_event(detail(kind, number, **changes)))


# Texts chosen to break subjects, mails, chat messages and attributes.
HOSTILE = (
    "n" * 300,
    "名前" * 150,
    "Ünïcödé jöb №1",
    "\U0001f525" * 100,
    "line\nbreak\r\n\ttab\x00\x07\x1b[31mred",
    "\u202egnirts\u202c \u200b",
    "\ud800 lone \udfff",
    "<!channel> <!here> <!everyone> <@U0123ABCD> <#C0123ABCD>",
    "@here @channel @everyone @team",
    "<https://evil.example.com|click>",
    "[click](https://evil.example.com)",
    "https://evil.example.com",
    "`code` ```block``` *bold* _it_ ~gone~",
    "```\n<!channel>\n```",
    "&lt;!channel&gt;",
    '"quotes" {"json": true} \\',
    "-",
    " ",
    "",
)
_TEXT = (
    st.sampled_from(HOSTILE)
    | st.text(max_size=400)
    | st.text(st.characters(), max_size=40).map(lambda text: text * 300)
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def hostile_details(draw: st.DrawFn) -> dict[str, Any]:
    """Return details that have what every event has, with anything in the other fields."""
    event_detail = detail(draw(st.sampled_from(list(KINDS))), draw(st.integers(0, 99)))
    for part in (event_detail, event_detail["job"], event_detail["transition"]):
        for name in draw(st.lists(st.sampled_from(sorted(part)), unique=True)):
            if name not in ("version", "id", "kind", "job", "jobArn"):
                part[name] = draw(_TEXT | ANY_JSON)
    if draw(st.booleans()):
        event_detail["failure"] = draw(
            st.dictionaries(
                st.sampled_from(["category", "message", "remedy", "link", "retryHelps"]), _TEXT | ANY_JSON
            )
        )
    return {**event_detail, **draw(st.dictionaries(st.text(max_size=8), ANY_JSON, max_size=2))} | {
        name: event_detail[name] for name in ("version", "id", "kind", "job")
    }
