"""Totals of sources: merged, they are the totals of all jobs; stored, they stay small."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.fleet.coverage import SourceCoverage, State
from customization_jobs.fleet.totals import FleetTotals, SourceTotals, TotalsContext
from customization_jobs.limits import Limits
from customization_jobs.reports.job_totals import MAX_STUCK_JOBS
from customization_jobs.reports.name_counts import MAX_NAMES, OTHER_NAMES
from customization_jobs.sources import Source
from tests.fakes import NOW, Job, job, text
from tests.unit.reports.mangled import mangled_summaries
from tests.unit.reports.test_job_totals import STATUSES, TYPES, any_jobs, job_totals

# The limits of the function itself accept malformed fields.
LIMITS = Limits(20 * 3600, {"FINE_TUNING": 10 * 3600, "DISTILLATION": 30 * 3600})
CONTEXT = TotalsContext(LIMITS.of_summary, STATUSES, TYPES)
HOUR = timedelta(hours=1)


def listed(jobs: list[Any], at: datetime = NOW, number: int = 0) -> SourceCoverage:
    """Return the coverage of a source, written and read again, after a listing of these jobs."""
    totals = SourceTotals(CONTEXT, at)
    for start in range(0, len(jobs), 7):
        totals.add(jobs[start : start + 7])
    source = Source(f"{number:012}", "us-east-1")
    coverage = SourceCoverage.unlisted(source, at).with_listed(at, totals.jobs, totals.to_json())
    return SourceCoverage.from_json(source, json.loads(json.dumps(coverage.to_json())), 1)


def answer(*sources: SourceCoverage, now: datetime = NOW) -> dict[str, Any]:
    fleet = FleetTotals.of(sources, CONTEXT, now)
    return fleet.totals.to_json(complete=True, malformed=fleet.malformed)


# A slow machine is not a failure.
@settings(deadline=None)
@given(any_jobs(), st.data())
def test_the_totals_of_any_split_of_jobs_are_those_of_all(jobs: list[Job], data: st.DataObject) -> None:
    parts: list[list[Job]] = [[], [], [], []]
    for each in jobs:
        parts[data.draw(st.integers(0, 3))].append(each)
    whole = job_totals()
    whole.add(jobs)
    expected = whole.to_json(complete=True)
    sources = [listed(part, number=number) for number, part in enumerate(parts)]
    assert answer(*data.draw(st.permutations(sources))) == expected


@st.composite
def hostile_jobs(draw: st.DrawFn) -> list[Any]:
    names = st.sampled_from(
        ["a", "b", "InProgress", "Completed", OTHER_NAMES, "x" * 500, "\ud800", "\U0001f600" * 9]
    )
    many = st.integers(0, 200).map(lambda number: f"name-{number:03}")
    fields = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("status", "customizationType", "baseModelArn", "jobName"), names | many)
    )
    return [
        {**job(number, created=NOW - draw(st.integers(0, 99)) * HOUR), **draw(fields)}
        for number in range(draw(st.integers(0, 30)))
    ]


# A slow machine is not a failure.
@settings(deadline=None)
@given(st.lists(hostile_jobs(), min_size=3, max_size=3))
def test_merging_is_associative_and_commutative(parts: list[list[Job]]) -> None:
    def totals(number: int) -> Any:
        running = job_totals()
        running.add(parts[number])
        # There are more names than are counted separately, and each part has different ones.
        running.add(
            job(each, status=f"A-{each}", baseModelArn=f"m-{each}")
            for each in range(number * 40, number * 40 + 100)
        )
        return running

    def merged(*running: Any) -> Any:
        first = running[0]
        for each in running[1:]:
            first.merge(each)
        return first

    def text_of(running: Any) -> str:
        return json.dumps(running.to_json(complete=True), sort_keys=True)

    left = merged(merged(totals(0), totals(1)), totals(2))
    right = merged(totals(0), merged(totals(1), totals(2)))
    turned = merged(totals(2), totals(1), totals(0))
    assert text_of(left) == text_of(right) == text_of(turned)
    assert left.by_status.total() == left.by_base_model.total() == left.jobs
    assert len(left.by_base_model) == len(left.by_status) == MAX_NAMES + 1
    # Known names come before those that are first in the alphabet.
    assert left.by_status.keys() >= set(STATUSES)


def test_the_same_job_in_two_sources_is_merged_in_one_order() -> None:
    twins = [job(1, created=NOW - 99 * HOUR, status="InProgress", jobName=name) for name in ("b", "a")]
    one, other = (listed([each], number=number) for number, each in enumerate(twins))
    assert answer(one, other) == answer(other, one)
    assert answer(one, other)["stuck"]["count"] == 2


def test_of_the_stuck_jobs_of_all_sources_those_furthest_over_their_limits_are_listed() -> None:
    sources = [
        listed(
            [
                job(100 * number + each, created=NOW - (100 + 5 * each + number) * HOUR, status="InProgress")
                for each in range(30)
            ],
            number=number,
        )
        for number in range(5)
    ]
    stuck = answer(*sources)["stuck"]
    assert stuck["count"] == 150
    assert [each["ageSeconds"] // 3600 for each in stuck["jobs"]] == list(
        range(249, 249 - MAX_STUCK_JOBS, -1)
    )


def test_ages_are_those_of_the_answer_and_the_window_is_that_of_the_listing() -> None:
    ended = text(NOW - timedelta(days=29))
    jobs = [
        job(1, created=NOW - 21 * HOUR, status="InProgress"),
        job(2, created=NOW - timedelta(days=40), status="Failed", endTime=ended),
        # The job was within its limit when it was listed.
        job(3, created=NOW - 19 * HOUR, status="InProgress"),
    ]
    later = answer(listed(jobs), now=NOW + timedelta(days=2))
    assert later["asOf"] == "2026-03-03T12:00:00Z"
    assert later["oldestInProgress"]["ageSeconds"] == (21 + 48) * 3600
    assert [each["ageSeconds"] for each in later["stuck"]["jobs"]] == [(21 + 48) * 3600]
    assert later["stuck"]["count"] == 1
    assert later["last30Days"]["byStatus"]["Failed"] == 1


def test_most_sources_have_no_jobs_and_store_nothing() -> None:
    empty = SourceTotals(CONTEXT, NOW)
    empty.add([])
    assert (empty.jobs, empty.to_json()) == (0, {})


# A slow machine is not a failure.
@settings(deadline=None)
@given(st.lists(mangled_summaries([job(1, status="InProgress"), job(2)]), max_size=5))
def test_malformed_jobs_are_counted_apart(jobs: list[Any]) -> None:
    source = listed([*jobs, job(3)])
    figures = answer(source)
    assert figures["jobs"] == source.jobs
    assert figures["jobs"] + figures.get("malformed", 0) == len(jobs) + 1


@pytest.mark.parametrize("letter", ["x", "\u4e2d", "\U0001f600", "\ud800", "\x00", '"'])
def test_stored_totals_are_small_whatever_the_jobs_are(letter: str) -> None:
    totals = SourceTotals(CONTEXT, NOW)
    for number in range(3_000):
        long = letter * 20_000 + str(number)
        totals.add(
            [
                {
                    **job(number, created=NOW - 500 * HOUR, status=status, customizationType=long),
                    "jobArn": f"{number}{long}",
                    "jobName": long,
                    "baseModelArn": f"{number}{long}",
                    "creationTime": "2020-01-01T00:00:00." + "0" * 5_000 + "Z",
                }
                for status in ("InProgress", f"{number}{letter}")
            ]
        )
    size = len(json.dumps(totals.to_json()))
    assert size < 15_000
    coverage = SourceCoverage.unlisted(Source("1" * 12, "us-east-1"), NOW).with_listed(
        NOW, totals.jobs, totals.to_json()
    )
    figures = answer(coverage)
    assert figures["jobs"] == sum(figures["byStatus"].values()) == 6_000
    assert figures["stuck"]["count"] == 3_000
    assert figures["oldestInProgress"]["creationTime"].startswith("2020-01-01T00:00:00")


def test_stored_durations_are_small_whatever_they_are() -> None:
    totals = SourceTotals(CONTEXT, NOW)
    totals.add(
        [
            job(number, created=NOW - timedelta(seconds=1.02**each), status="Completed", endTime=text(NOW))
            for each in range(1, 1050)
            for number in range(100)
        ]
    )
    assert totals.jobs == 104_900
    assert len(json.dumps(totals.to_json(), separators=(",", ":"))) < 10_000


def test_a_usual_source_takes_a_few_kilobytes() -> None:
    jobs = [
        job(
            number,
            created=NOW - number * HOUR,
            status=STATUSES[number % 5],
            endTime=text(NOW - number * HOUR / 2),
            customizationType="FINE_TUNING",
        )
        for number in range(1_000)
    ]
    assert len(json.dumps(listed(jobs).totals, separators=(",", ":"))) < 10_000


def test_a_source_that_was_never_listed_adds_nothing() -> None:
    source = SourceCoverage.unlisted(Source("1" * 12, "us-east-1"), NOW)
    assert answer(source, listed([job(1)]))["jobs"] == 1


@pytest.mark.parametrize(
    "totals",
    [
        {"jobs": "many"},
        {"byStatus": []},
        {"byStatus": {"Failed": None}},
        {"durations": {"buckets": [1, 2, 3], "minimum": 1, "maximum": 1}},
        {"durations": {"buckets": []}},
        {"oldest": ["arn"]},
        {"oldest": [None, "n", "b", None, "2026-03-01T12:00:00Z"]},
        {"mostOverdue": [["arn", "n", "b", None, "soon"]]},
        {"malformed": "x"},
    ],
)
def test_a_source_whose_totals_are_not_readable_has_failed_and_the_others_are_counted(totals: Any) -> None:
    source = SourceCoverage.unlisted(Source("1" * 12, "us-east-1"), NOW).with_listed(NOW, 1, totals)
    others = [listed([job(number)], number=number) for number in (1, 2)]
    fleet = FleetTotals.of([others[0], source, others[1]], CONTEXT, NOW)
    expected = FleetTotals.of(others, CONTEXT, NOW)
    assert fleet.totals.to_json(complete=False) == expected.totals.to_json(complete=False)
    assert fleet.malformed == 0
    assert [each.state for each in fleet.sources] == [State.LISTED, State.FAILED, State.LISTED]
    assert "are not readable by this version" in str(fleet.sources[1].reason)
    assert len(str(fleet.sources[1].reason)) < 500


def test_jobs_that_are_no_longer_recorded_are_not_counted() -> None:
    """Answers list the recorded jobs, so their number must be that of the overview."""
    totals = SourceTotals(CONTEXT, NOW, timedelta(days=400))
    for number, days in enumerate((499, 400, 399)):
        ended = text(NOW - timedelta(days=days))
        totals.add([job(number, status="Failed", created=NOW - timedelta(days=500), endTime=ended)])
    totals.add([job(4, status="InProgress", created=NOW - timedelta(days=500))])
    assert totals.jobs == 2
