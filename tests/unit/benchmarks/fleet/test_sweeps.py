"""Sweeps of a small simulated fleet, with the service's own code."""

import pytest

from benchmarks.fleet import tables
from benchmarks.fleet.concurrency import OVERHEAD
from benchmarks.fleet.costs import monthly
from benchmarks.fleet.cpu import CpuTimes
from benchmarks.fleet.experiments import Measured, WrongCoverage, check, expected_states, measure
from benchmarks.fleet.sources import OWN, Fault
from benchmarks.fleet.sweep import Child, CpuCosts, Simulation, Sweep, at_concurrency, step_seconds

SOURCES, JOBS = 60, 200


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(SOURCES, JOBS, CpuCosts())


def test_the_simulated_fleet_has_every_fault_but_not_in_the_own_source() -> None:
    simulation = Simulation(SOURCES, JOBS)
    assert all(simulation.fleet.with_fault(fault) for fault in Fault)
    assert simulation.fleet.sources[OWN].fault is None
    assert simulation.fleet.number_of_jobs == JOBS
    expected = expected_states(simulation.fleet)
    assert sum(expected.values()) == SOURCES
    assert expected["denied"] == 3
    assert expected["throttled"] == 1


def test_every_job_of_a_listed_source_is_recorded(measured: Measured) -> None:
    assert 0 < measured.recorded <= JOBS + 1
    assert measured.quiet.report["byState"]["denied"] == 3


def test_a_quiet_sweep_writes_the_coverage_of_each_source_and_little_else(measured: Measured) -> None:
    written = measured.quiet.calls["dynamodb", "PutItem"]
    assert SOURCES <= written < SOURCES * 1.5
    assert measured.first.calls["dynamodb", "PutItem"] > measured.recorded
    assert measured.quiet.units.reads < measured.all_jobs.units.reads


def test_what_changed_is_published_and_written(measured: Measured) -> None:
    assert measured.changed.events > 0
    assert measured.changed.units.writes.total() > measured.quiet.units.writes.total()


def test_a_source_that_is_not_reported_as_simulated_is_found() -> None:
    with Simulation(SOURCES, JOBS) as simulation:
        swept = simulation.sweep()
        check(simulation, swept)
        listed = next(each for each in simulation.fleet.sources.values() if each.jobs and not each.fault)
        listed.fault = Fault.POLICY
        with pytest.raises(WrongCoverage, match="reported"):
            check(simulation, swept)


def test_a_job_that_is_missing_is_found() -> None:
    with Simulation(SOURCES, JOBS) as simulation:
        swept = simulation.sweep()
        listed = next(each for each in simulation.fleet.sources.values() if each.jobs and not each.fault)
        simulation.fleet.add_jobs(listed.source, 1)
        with pytest.raises(WrongCoverage, match="recorded"):
            check(simulation, swept)


def test_more_children_at_a_time_end_sooner(measured: Measured) -> None:
    seconds = [at_concurrency(measured.quiet, number).seconds for number in (1, 5, 1000)]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[-1] < max(each.seconds for each in measured.quiet.children) + 5


def test_the_costs_of_a_month() -> None:
    sweep = Sweep(1, billed=100.0, children=[Child("listed", 1.0)] * 10, jitters=[1] * 10, logged=1000)
    sweep.units.half_reads["GetItem"] = 2_000_000
    sweep.units.writes["table"] = 1_000_000
    assert step_seconds(sweep) == pytest.approx(10 * (2 + OVERHEAD))
    costs = monthly(sweep, sweep, 60)
    sweeps = 30 * 24
    assert costs.compute == pytest.approx(sweeps * 100 * 0.0000133334)
    assert costs.reads == pytest.approx(sweeps * 0.125)
    assert costs.writes == pytest.approx(sweeps * 0.625)
    assert costs.standard == pytest.approx(sweeps * (8 + 10 * 2) * 0.025 / 1000)
    assert costs.total == pytest.approx(sum(costs) - costs.standard)
    assert monthly(sweep, sweep, 15).reads == pytest.approx(4 * costs.reads)


def test_every_table_has_as_many_cells_in_each_row(measured: Measured) -> None:
    texts = [
        tables.cpu_times(CpuTimes(0.01, 0.02, 0.1)),
        tables.durations(measured.quiet, measured.first),
        tables.calls(measured),
        tables.units([measured]),
        tables.answers([measured]),
        tables.costs(measured),
    ]
    for text in texts:
        assert len({line.count("|") for line in text.splitlines()}) == 1
