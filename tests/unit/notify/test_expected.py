"""The expected end and the owner of a job, in mails, chat messages and attributes."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.notify.expected import expected_end
from customization_jobs.notify.notification import compose
from tests.unit.notify.samples import job_event

INTERVAL = {"earliest": "2026-03-01T14:10:00Z", "latest": "2026-03-01T15:30:00Z", "basedOn": 42}
IN_WORDS = "2026-03-01 14:10 UTC to 2026-03-01 15:30 UTC, as 9 of 10 jobs do (based on 42)"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (INTERVAL, IN_WORDS),
        (
            INTERVAL | {"earliest": None},
            "by 2026-03-01 15:30 UTC, as 9 of 10 jobs do (based on 42)",
        ),
        (
            {"earliest": None, "latest": None, "basedOn": 3, "reason": "TooFewJobs"},
            "unknown: too few similar jobs to compare with (3)",
        ),
        (
            {"earliest": None, "latest": None, "reason": "Late", "lateSince": "2026-03-01T15:30:00Z"},
            "late since 2026-03-01 15:30 UTC",
        ),
        (None, ""),
        ({}, ""),
        ({"latest": "soon", "basedOn": True}, ""),
    ],
)
def test_the_expected_end_is_in_words(field: Any, text: str) -> None:
    assert expected_end(field) == text


@given(
    st.dictionaries(
        st.sampled_from(["earliest", "latest", "basedOn", "reason", "lateSince"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.just("TooFewJobs") | st.lists(st.none()),
    )
)
def test_whatever_the_field_holds_the_text_is_short(field: dict[str, Any]) -> None:
    assert len(expected_end(field)) < 120


def test_a_late_job_is_notified_with_the_interval_that_it_has_left() -> None:
    late = compose([job_event("Late", expectedEnd={"reason": "Late"}, transition={"expectedEnd": INTERVAL})])
    assert late.subject.startswith("LATE support-tone-7")
    assert f"Why: It was expected to end {IN_WORDS}." in late.mail


def test_the_owner_and_the_expected_end_are_shown_and_the_owner_can_be_filtered_by() -> None:
    notification = compose([job_event("Stuck", owner="search", expectedEnd=INTERVAL)])
    assert notification.attributes["owner"] == ["search"]
    assert re.search(r"^Owner: +search$", notification.mail, re.MULTILINE)
    assert re.search(rf"^Expected: +{re.escape(IN_WORDS)}$", notification.mail, re.MULTILINE)
    description = json.loads(notification.chat)["content"]["description"]
    assert "Owner: `search`" in description
    assert f"Expected end: `{IN_WORDS}`" in description


def test_without_them_nothing_is_shown() -> None:
    notification = compose([job_event("Stuck")])
    assert "owner" not in notification.attributes
    assert "Owner" not in notification.mail
    assert "Expected" not in notification.mail
