"""The figures as Markdown tables."""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.fleet.costs import monthly
from benchmarks.fleet.cpu import JOBS, CpuTimes
from benchmarks.fleet.experiments import Measured
from benchmarks.fleet.sweep import Sweep, at_concurrency

CONCURRENCIES = (5, 10, 20, 40, 100)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table whose first column is text."""
    lines = [f"| {' | '.join(header)} |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def cpu_times(times: CpuTimes) -> str:
    """Return the CPU time of one child."""
    rows = (
        ("no jobs", f"{times.empty * 1000:.0f}"),
        (f"{JOBS} jobs, none changed", f"{times.quiet * 1000:.0f}"),
        (f"{JOBS} jobs, all new", f"{times.first * 1000:.0f}"),
    )
    return table(("source", "CPU ms"), rows)


def durations(quiet: Sweep, first: Sweep) -> str:
    """Return the time of a sweep by concurrency, and what limits it."""
    rows = []
    for concurrency in CONCURRENCIES:
        of_quiet, of_first = at_concurrency(quiet, concurrency), at_concurrency(first, concurrency)
        longest = max(each.seconds for each in quiet.children)
        limit = "the longest child" if of_quiet.seconds < 2 * longest else "the number of children"
        rows.append(
            (
                concurrency,
                f"{quiet.around + of_quiet.seconds:.0f}",
                f"{of_quiet.billed + quiet.around:.0f}",
                of_quiet.instances,
                limit,
                f"{first.around + of_first.seconds:.0f}",
            )
        )
    header = ("concurrency", "quiet sweep, s", "billed s (GB-s)", "instances", "limited by", "first sweep, s")
    return table(header, rows)


def calls(measured: Measured) -> str:
    """Return the calls of each kind of sweep by service and operation."""
    kinds = _kinds(measured)
    names = sorted({name for sweep in kinds.values() for name in sweep.calls})
    rows = [
        (f"{service} {operation}", *(f"{sweep.calls[service, operation]:,}" for sweep in kinds.values()))
        for service, operation in names
    ]
    return table(("call", *kinds), rows)


def units(all_measured: Sequence[Measured]) -> str:
    """Return read and write units of each kind of sweep, by sources and jobs."""
    rows = []
    for measured in all_measured:
        for name, sweep in _kinds(measured).items():
            reads, writes = sweep.units.reads, sweep.units.writes
            rows.append(
                (
                    f"{measured.sources:,} sources, {measured.jobs:,} jobs: {name}",
                    f"{reads:,.0f}",
                    f"{writes['table']:,.0f}",
                    f"{writes.total() - writes['table']:,.0f}",
                    f"{sweep.calls['dynamodb', 'PutItem']:,}",
                    f"{sweep.events:,}",
                )
            )
    return table(("sweep", "read units", "write units", "of indexes", "items written", "events"), rows)


def answers(all_measured: Sequence[Measured]) -> str:
    """Return what answers cost."""
    rows = [
        (
            f"{measured.sources:,} sources, {measured.jobs:,} jobs: {name}",
            f"{answer.units.reads:,.1f}",
            answer.calls,
            f"{answer.size / 1000:,.1f}",
            f"{answer.seconds * 1000:.0f}",
        )
        for measured in all_measured
        for name, answer in measured.answers.items()
    ]
    return table(("answer", "read units", "calls", "KB", "ms of waiting"), rows)


def costs(measured: Measured) -> str:
    """Return the costs of a month."""
    of_rates = {minutes: monthly(measured.quiet, measured.all_jobs, minutes) for minutes in (15, 60)}
    items: Mapping[str, str] = {
        "compute": "Lambda, run time",
        "requests": "Lambda, requests",
        "reads": "DynamoDB, reads",
        "writes": "DynamoDB, writes",
        "logs": "logs",
        "express": "Step Functions, express children",
        "total": "**sum**",
        "standard": "Step Functions, standard children instead of express ones",
    }
    rows = [
        (name, *(f"{getattr(each, attribute):.2f}" for each in of_rates.values()))
        for attribute, name in items.items()
    ]
    return table(("USD a month", "every 15 minutes", "every 60 minutes"), rows)


def _kinds(measured: Measured) -> dict[str, Sweep]:
    return {
        "first": measured.first,
        "quiet": measured.quiet,
        "1 % changed": measured.changed,
        "once a day": measured.all_jobs,
    }
