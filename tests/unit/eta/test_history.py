import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.eta.history import (
    MAX_JOBS,
    CompletedJob,
    History,
    foundation_model,
    model_key,
    type_key,
)
from tests.fakes import NOW
from tests.unit.eta.histories import HOUR, completed, history_of, past

seconds = st.integers(0, 10**8)
jobs = st.builds(past, st.integers(0, 500), seconds, st.tuples(*[st.none() | seconds] * 3))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_a_completed_job_is_read_with_its_durations() -> None:
    read = CompletedJob.from_summary(completed(1, hours=4))
    assert read is not None
    assert (read.end, read.total, read.after) == (int(NOW.timestamp()), 4 * HOUR, (None, None, 2 * HOUR))


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "Failed"},
        {"status": "Stopped"},
        {"status": "InProgress"},
        {"endTime": None},
        {"endTime": "soon"},
        {"endTime": "2026-02-28T00:00:00Z"},
        {"creationTime": 5},
        {"creationTime": "1000-01-01T00:00:00Z"},
        {"jobArn": None},
    ],
)
def test_other_jobs_do_not_count(fields: dict[str, Any]) -> None:
    assert CompletedJob.from_summary({**completed(1), **fields}) is None


@pytest.mark.parametrize("details", [None, 5, {"trainingDetails": 5}, {"trainingDetails": {}}])
def test_a_job_without_phases_counts_as_a_whole(details: Any) -> None:
    read = CompletedJob.from_summary(completed(1, statusDetails=details))
    assert read is not None
    assert read.after == (None, None, None)


@given(st.lists(jobs, max_size=50), st.randoms(use_true_random=False))
def test_a_history_does_not_depend_on_order_or_repetition(
    given_jobs: list[CompletedJob], random: Any
) -> None:
    # A job has one state.
    given_jobs = list({each.id: each for each in given_jobs}.values())
    at_once = History().with_jobs(given_jobs)
    one_by_one = History()
    for each in random.sample(given_jobs * 2, 2 * len(given_jobs)):
        one_by_one = one_by_one.with_jobs([each])
    assert one_by_one == at_once
    assert at_once.with_jobs(given_jobs) == at_once


def test_a_history_keeps_the_newest_jobs() -> None:
    history = History().with_jobs(past(number) for number in range(3 * MAX_JOBS))
    assert [each.id for each in history.jobs] == [
        past(n).id for n in range(3 * MAX_JOBS - 1, 2 * MAX_JOBS - 1, -1)
    ]
    # A job that fell out is older than all that are left, so adding it again changes nothing.
    assert history.with_jobs([past(5)]) == history


def test_a_full_history_is_about_10_kilobytes() -> None:
    longest = 30 * 365 * 86_400
    history = History().with_jobs(past(number, longest, (longest,) * 3) for number in range(1000))
    assert len(json.dumps(history.to_json(), separators=(",", ":"))) < 15_000


def test_durations_are_in_ascending_order() -> None:
    history = history_of([30, 10, 20], training=5)
    assert list(history.totals) == [10, 20, 30]
    assert history.after == {"validation": [], "dataProcessing": [], "training": [5, 5, 5]}


@given(st.lists(jobs, max_size=50))
def test_a_history_is_read_as_it_was_written(given_jobs: list[CompletedJob]) -> None:
    history = History().with_jobs(given_jobs)
    assert History.from_json(json.loads(json.dumps(history.to_json()))) == history


# A list whose second value is text can be a stored job.
@given(
    json_values.filter(lambda value: not isinstance(value, list) or not isinstance((*value, 0, 0)[1], str))
)
def test_any_other_document_is_an_empty_history(written: Any) -> None:
    assert History.from_json(written) == History()
    assert History.from_json({"jobs": [written, [5, written], {}]}) == History()


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ([5, "a", 60], (None, None, None)),
        ([5, "a", 60, 50], (50, None, None)),
        ([5, "a", 60, 50, 40, 30, 20, {"new": True}], (50, 40, 30)),
        ([5, "a", 60, "50", -1, True], (None, None, None)),
    ],
)
def test_documents_of_other_versions_are_read_as_far_as_they_go(written: Any, after: Any) -> None:
    assert History.from_json({"jobs": [written], "new": 1}).jobs == (CompletedJob(5, "a", 60, after),)


@pytest.mark.parametrize("written", [[5, 7, 60], [5, "a", -60], [5, "a", 6.5], [True, "a", 60], [5, "a"]])
def test_malformed_jobs_are_left_out(written: Any) -> None:
    assert History.from_json({"jobs": [written, [6, "b", 60]]}).jobs == (
        past(0)._replace(end=6, id="b", total=60),
    )


def test_keys_are_short_and_never_those_of_jobs() -> None:
    assert model_key("FINE_TUNING", "amazon.nova-lite-v1:0:300k") == (
        "#durations/FINE_TUNING/amazon.nova-lite-v1:0:300k"
    )
    assert type_key(None) == "#durations/NotReported"
    assert len(model_key("\N{GRINNING FACE}" * 2000, "\N{GRINNING FACE}" * 2000).encode()) < 2048


@pytest.mark.parametrize(
    ("arn", "model"),
    [
        (
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
            "amazon.nova-lite-v1:0:300k",
        ),
        ("arn:aws:bedrock:us-east-1:1:custom-model/amazon.nova-lite-v1:0/abc", "amazon.nova-lite-v1:0"),
        ("", None),
        (5, None),
        (None, None),
    ],
)
def test_a_custom_model_counts_as_its_foundation_model(arn: Any, model: str | None) -> None:
    assert foundation_model(arn) == model
