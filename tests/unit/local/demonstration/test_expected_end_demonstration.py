"""The demonstration of an expected end, against an API in memory."""

import io
import json
from typing import Any

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.expected_end_demonstration import ExpectedEndDemonstration

INTERVAL = {"earliest": "2026-03-01T14:10:00Z", "latest": "2026-03-01T15:30:00Z", "basedOn": 42}
TOO_FEW = {"earliest": None, "latest": None, "basedOn": 3, "reason": "TooFewJobs"}


def shown(*, known_at: float = 0.0, **expected: Any) -> tuple[str, float]:
    """Return what is shown for running jobs with these expected ends, known at a time, and when."""
    time = [0.0]
    output = io.StringIO()

    def sleep(seconds: float) -> None:
        time[0] += seconds

    def get(path: str) -> HttpResponse:
        name = path.split("/")[2] if path.endswith("/timeline") else None
        if name is None:
            body: Any = {"modelCustomizationJobSummaries": [{"jobName": each} for each in expected]}
        elif time[0] < known_at:
            return HttpResponse(404, {}, b"")
        else:
            body = {"expectedEnd": expected[name]} if expected[name] else {}
        return HttpResponse(200, {}, json.dumps(body).encode())

    ExpectedEndDemonstration(Console(output), get, clock=lambda: time[0], sleep=sleep).show()
    return output.getvalue(), time[0]


def test_the_first_job_with_an_interval_is_shown() -> None:
    text, seconds = shown(late=None, few=TOO_FEW, tone=INTERVAL)
    assert "< tone: 2026-03-01 14:10 to 2026-03-01 15:30 UTC\n" in text
    assert "9 of 10 jobs end in such an interval. Based on 42 past jobs.\n" in text
    assert seconds == 0


def test_it_waits_until_the_history_is_read() -> None:
    text, seconds = shown(tone=INTERVAL, known_at=4)
    assert ("< tone: " in text, seconds) == (True, 4)


def test_without_an_interval_it_says_so_in_time() -> None:
    text, seconds = shown(few=TOO_FEW)
    assert "No running job has enough similar ones to compare with." in text
    assert 15 <= seconds <= 16
