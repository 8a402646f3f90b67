"""`python -m benchmarks.fleet`: the time, calls, units and costs of sweeps of a simulated fleet.

Takes a few minutes and 2 GB of memory. `--quick` simulates a small fleet.
"""

import argparse

from benchmarks.fleet import cpu, tables
from benchmarks.fleet.costs import PRICES
from benchmarks.fleet.experiments import measure

# Numbers of sources and jobs; most tables show the first fleet.
_FLEETS = ((1000, 100_000), (1000, 10_000), (1000, 1000), (100, 100_000))
_QUICK = ((100, 1000), (100, 100))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small fleet, to check the tables")
    fleets = _QUICK if parser.parse_args().quick else _FLEETS
    times = cpu.measure()
    print(f"## CPU time of a child\n\n{tables.cpu_times(times)}\n")
    all_measured = [measure(sources, jobs, times.costs()) for sources, jobs in fleets]
    largest = all_measured[0]
    print(f"## Time of a sweep: {largest.sources:,} sources, {largest.recorded:,} recorded jobs\n")
    print(f"{dict(largest.quiet.by_state)}\n\n{tables.durations(largest.quiet, largest.first)}\n")
    print(f"## Calls of a sweep\n\n{tables.calls(largest)}\n")
    print(f"## Units of a sweep\n\n{tables.units(all_measured)}\n")
    print(f"## Answers\n\n{tables.answers(all_measured)}\n")
    print(f"## Costs\n\n{PRICES}\n\n{tables.costs(largest)}")


if __name__ == "__main__":
    main()
