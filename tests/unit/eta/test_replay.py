"""The coverage of the intervals over simulated histories; `python -m benchmarks.eta` prints the figures."""

import math

import pytest

from benchmarks.eta import ADVERSARIAL, STATIONARY, lognormal, replay, simulate, table

JOBS = 600


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", STATIONARY)
def test_85_to_95_percent_of_jobs_end_inside_on_stationary_histories(name: str, seed: int) -> None:
    result = replay(simulate(STATIONARY[name], JOBS, seed))
    for each in (result.at_creation, result.at_phase_starts, result.at_any_time):
        assert 0.85 <= each.coverage <= 0.95, each
    assert result.answered > 0.9
    # 5 % at each of three starts of phases, mostly of the same jobs.
    assert result.late / result.jobs < 0.1
    assert result.at_any_time.mean_hours < 0.75 * result.shortest_to_longest.mean_hours


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_histories_cost_coverage_but_not_much(name: str) -> None:
    result = replay(simulate(ADVERSARIAL[name], JOBS, seed=5))
    assert result.at_any_time.coverage > 0.8
    assert result.at_any_time.mean_hours < result.shortest_to_longest.mean_hours


def test_few_jobs_have_no_interval_rather_than_a_guess() -> None:
    result = replay(simulate(lognormal(0.4), 19, seed=5))
    assert result.answered == 0
    assert result.late == 0
    assert math.isnan(result.at_any_time.coverage)


def test_the_table_has_a_line_for_each_history() -> None:
    lines = table(jobs=60).splitlines()
    assert len(lines) == 2 + len(STATIONARY) + len(ADVERSARIAL)
    assert {line.count("|") for line in lines} == {lines[0].count("|")}
