"""The figures of sweeps as Markdown, and what they cost in a month."""

from collections.abc import Iterator, Mapping

from benchmarks.fleet.clock import MEMORY_MB, VCPU
from benchmarks.listings import DELAY_MS
from benchmarks.prices import (
    GB_SECOND,
    MILLION_EVENTS,
    MILLION_READ_UNITS,
    MILLION_REQUESTS,
    MILLION_WRITE_UNITS,
)
from benchmarks.sweeps import RUNNING, TABLE_DELAY_MS, Sweeps, Swept

_SECTION = "The sweep that the schedule runs"
_MILLION = 1_000_000
# The default settings: a sweep every 15 minutes, and 30 days.
_DAYS, _SWEEPS_A_DAY = 30, 24 * 4
_HEAD = (
    *("sweep", "records read", "read units", "write units", "events"),
    *("CPU, ms", "s", "peak MB", "USD a month"),
)


def section(figures: Mapping[int, Sweeps]) -> str:
    """Write the section."""
    if not figures:
        return ""
    rows = [row for jobs, sweeps in figures.items() for row in _rows(jobs, sweeps)]
    lines = [f"| {' | '.join(each)} |" for each in (_HEAD, *rows)]
    ruler = "|---|" + "---:|" * (len(_HEAD) - 1)
    return "\n".join(
        [
            f"## {_SECTION}",
            "",
            f"The watch function with its table and its bus, warm, at {DELAY_MS} ms a page of Bedrock's",
            f"list and {TABLE_DELAY_MS} ms a call of the table or the bus; {RUNNING} jobs are in progress.",
            "Costs are those of the function, the table and the bus in a month of sweeps every 15 minutes,",
            "without free tiers: all like the one in the row, except one a day that observes all jobs.",
            "",
            *(lines[0], ruler, *lines[1:], ""),
        ]
    )


def monthly(often: Swept, daily: Swept) -> float:
    """Return the USD of a month in which one sweep a day is like `daily`, and all others are like `often`."""
    return _DAYS * ((_SWEEPS_A_DAY - 1) * _cost(often) + _cost(daily))


def _rows(jobs: int, sweeps: Sweeps) -> Iterator[tuple[str, ...]]:
    yield _row(f"**{jobs:,} jobs, none changed**", sweeps.quiet, sweeps.all_jobs)
    yield _row(f"{jobs:,} jobs, 1 % changed", sweeps.changed, sweeps.all_jobs)
    yield _row(f"{jobs:,} jobs, all observed, as once a day", sweeps.all_jobs, sweeps.all_jobs)


def _row(name: str, swept: Swept, daily: Swept) -> tuple[str, ...]:
    usage = swept.usage
    return (
        name,
        f"{usage.records_read:,}",
        f"{usage.read_units:,.1f}",
        f"{usage.write_units:,.0f}",
        f"{usage.events:,}",
        f"{swept.cpu_seconds * 1000:,.0f}",
        f"{swept.seconds:.2f}",
        f"{swept.megabytes:.0f}",
        f"{monthly(swept, daily):.2f}",
    )


def _cost(swept: Swept) -> float:
    # Lambda's share of a processor makes the function's own work slower, but not its waiting.
    billed = swept.seconds + swept.cpu_seconds * (1 / VCPU - 1)
    usage = swept.usage
    of_units = usage.read_units * MILLION_READ_UNITS + usage.write_units * MILLION_WRITE_UNITS
    of_calls = MILLION_REQUESTS + usage.events * MILLION_EVENTS
    return billed * MEMORY_MB / 1024 * GB_SECOND + (of_units + of_calls) / _MILLION
