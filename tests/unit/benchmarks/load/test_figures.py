import pytest

from benchmarks.load.callers import NO_INSTANCE, Attempt, Sweep
from benchmarks.load.figures import (
    BedrockCalls,
    Burst,
    Load,
    Steady,
    percentile,
    retry_afters,
    share,
    wrongly_refused,
)
from benchmarks.load.report import section
from benchmarks.results import Results
from benchmarks.targets import targets

GOOD = Attempt(200, 0.5)
THROTTLED = Attempt(429, 0.25, retry_after=3)
REJECTED = Attempt(NO_INSTANCE, 0.0)


@pytest.fixture
def load() -> Load:
    steady = Steady(
        first=[GOOD] * 5 + [THROTTLED] * 3 + [REJECTED],
        returned=[GOOD, THROTTLED],
        calls=BedrockCalls(12, 13),
        sweeps=[Sweep(3.0, complete=True), Sweep(4.0, complete=True)],
    )
    cached = Steady(first=[GOOD, Attempt(200, 1.5, age=2)], calls=BedrockCalls(1, 0))
    burst = Burst(
        requests=[[GOOD], [THROTTLED, REJECTED, GOOD]],
        workflows=[0, 3],
        sweep=Sweep(9.0, complete=True),
        seconds=12.0,
        ideal_seconds=9.0,
    )
    return Load({0: steady, 5: cached}, burst)


def outcomes(load: Load) -> dict[str, tuple[float, bool]]:
    return {each.name: (each.measured, each.met) for each in targets(Results(load=load))}


def test_targets_are_met_if_nobody_waits_long_and_all_are_answered_or_throttled(load: Load) -> None:
    assert outcomes(load) == {
        "under load, longest wait": (1.5, True),
        "under load, answers other than 200 and 429 with Retry-After": (0, True),
        "under load, callers of a burst without an answer": (0, True),
        "under load, sweeps that did not complete": (0, True),
    }


def test_targets_are_missed_otherwise(load: Load) -> None:
    load.steady[0].first += [Attempt(200, 26.0), Attempt(500, 1.0), Attempt(429, 1.0), Attempt(429, 1.0, 0)]
    load.steady[5].sweeps.append(Sweep(1.0, error="ThrottlingException"))
    load.burst.requests.append([THROTTLED])
    load.burst.workflows.append(None)
    assert list(outcomes(load).values()) == [(26.0, False), (3, False), (2, False), (1, False)]


def test_the_section_has_a_column_for_each_cache(load: Load) -> None:
    text = section(load)
    for row in (
        "| | no cache | cache of 5 s |",
        "| answered with 200 | 60.0% | 100.0% |",
        "| throttled: 429 | 40.0% | 0.0% |",
        "| no free instance (requests) | 1 | 0 |",
        "| callers that came back and were answered | 50.0% |  |",
        "| longest wait, s | 0.50 | 1.50 |",
        "| `Retry-After`, s | 3 to 3 |  |",
        "| Bedrock calls per answer | 2.50 | 0.50 |",
        "| sweeps that completed | 2 of 2 | 0 of 0 |",
        "| longest sweep, s | 4.0 |  |",
        "| HTTP callers that were answered | 2 of 2 |",
        "| attempts, median and most | 1, 3 |",
        "| retries of a workflow's task, most | 3 |",
        "| sweep | complete after 9.0 s |",
    ):
        assert row in text.splitlines()


def test_calls_are_counted_from_an_earlier_count() -> None:
    assert BedrockCalls(10, 7).since(BedrockCalls(4, 5)) == BedrockCalls(6, 2)


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert [percentile(values, percent) for percent in (0, 1, 50, 95, 99, 100)] == [1, 1, 50, 95, 99, 100]
    assert percentile([7.0], 50) == 7.0
    assert percentile([], 50) == 0.0


def test_shares_and_counts_of_attempts() -> None:
    attempts = [GOOD, GOOD, THROTTLED, Attempt(429, 0.1, retry_after=1)]
    assert (share(attempts), share(attempts, 429), share([])) == (0.5, 0.5, 0.0)
    assert retry_afters([*attempts, THROTTLED]) == {1: 1, 3: 2}
    assert wrongly_refused([*attempts, Attempt(503, 0.1, retry_after=5)]) == 1
