"""The documented example of a source's event is one that the sweep's report would publish."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from customization_jobs.fleet.coverage import DeniedBy, SourceCoverage, SourceFailure, State
from customization_jobs.fleet.events import due_event
from customization_jobs.sources import Source
from customization_jobs.timestamps import parse_timestamp

DOCUMENT = Path(__file__).parents[3] / "docs" / "events.md"


def documented() -> dict[str, Any]:
    *_, last = re.findall("```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    example: dict[str, Any] = json.loads(last)
    return example


def test_the_documented_event_of_a_dark_source_is_published_as_it_is() -> None:
    example = documented()
    row = example["source"]
    listed, dark, now = (parse_timestamp(each) for each in (row["asOf"], row["since"], example["at"]))
    unlisted = SourceCoverage.unlisted(Source(row["account"], row["region"]), listed - timedelta(days=1))
    failure = SourceFailure(State.DENIED, row["reason"], DeniedBy.SERVICE_CONTROL_POLICY)
    event = due_event(unlisted.with_listed(listed, row["jobs"], {}).with_failure(dark, failure), now)
    assert event is not None
    assert event.detail == example
    assert event.detail_type == "Model Customization Job Source Dark"
