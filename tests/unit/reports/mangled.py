"""Hypothesis strategies for malformed summaries."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.fakes import Job, job

NOT_TEXTS = st.none() | st.booleans() | st.integers() | st.floats()
TEXTS = st.text(max_size=5) | st.sampled_from(
    [
        "\ud800",
        "<script>",
        "nope",
        "InProgress",
        "Completed",
        "Failed",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-01",
        "x" * 5000,
    ]
)
JSON = st.recursive(
    NOT_TEXTS | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
FIELDS = (*job(), "customizationType", "endTime", "lastModifiedTime", "statusDetails", "unknown")
PHASES = st.dictionaries(
    st.sampled_from(["validationDetails", "trainingDetails"]),
    JSON | st.dictionaries(st.sampled_from(["status", "creationTime", "lastModifiedTime"]), JSON),
)


@st.composite
def mangled_summaries(draw: st.DrawFn, jobs: Sequence[Job]) -> Any:
    """Draw one of the jobs with any JSON in any field, or without some fields; or any JSON in its place.

    Its name is not that of the job. Its ARN is that of the job, or malformed.
    """
    if draw(st.integers(0, 9)) == 0:
        return draw(JSON)
    summary: dict[str, Any] = {**draw(st.sampled_from(jobs)), "jobName": "mangled"}
    for name in draw(st.sets(st.sampled_from(FIELDS), max_size=3)):
        summary[name] = draw(NOT_TEXTS if name == "jobArn" else JSON)
    if draw(st.booleans()):
        summary["statusDetails"] = draw(PHASES)
    for name in draw(st.sets(st.sampled_from(FIELDS), max_size=2)):
        summary.pop(name, None)
    return summary
