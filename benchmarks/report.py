"""Writes the figures of one run as Markdown, for the terminal and for docs/performance.md."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template

from benchmarks import sweep_report
from benchmarks.contenders import BARE_BOTO3, CLIENT_CALL, Contender
from benchmarks.listings import DELAY_MS, LARGE_PAGES, Listed, Lister, Workload
from benchmarks.load import report as load_report
from benchmarks.measures import COLD_JOBS
from benchmarks.results import Results
from benchmarks.targets import Target, targets

_METHOD = Path(__file__).parent / "method.md"


def document(results: Results, environment: Sequence[str]) -> str:
    """Write docs/performance.md.

    Parameters
    ----------
    results : Results
        The figures of a full run.
    environment : sequence of str
        The machine and the versions, see `benchmarks.environment`.
    """
    facts = "\n".join(f"- {fact}" for fact in environment)
    method = Template(_METHOD.read_text(encoding="utf-8")).substitute(cold_jobs=COLD_JOBS, delay_ms=DELAY_MS)
    return f"{method}\n## Machine and versions\n\n{facts}\n\n{tables(results)}"


def fleet_section(page: str) -> str:
    """Return the last section of docs/performance.md, whose figures are from `python -m benchmarks.fleet`."""
    _, heading, section = page.partition("\n## A fleet\n")
    return heading + section


def tables(results: Results) -> str:
    """Write every table for which there are figures."""
    parts = [
        _section("Targets", ("target", "limit", "measured", "result"), map(_target, targets(results))),
        _section(
            f"Cold start until the first answer ({COLD_JOBS} jobs)",
            ("handler", "instructions, millions", "ratio to bare boto3", "ms", "ratio to bare boto3"),
            _cold(results.instructions, results.cold_seconds),
        ),
        _section(
            f"Cold start over TLS ({COLD_JOBS} jobs)",
            ("handler", "instructions, millions", "ratio to bare boto3", "ms", "ratio to bare boto3"),
            _cold(results.tls_instructions, results.tls_seconds),
        ),
        *(
            _section(
                f"Instructions of a warm invocation{of}",
                ("handler", *(f"{jobs} jobs, millions | ratio to the call" for jobs in counts)),
                _warm(counts, 1e-6),
            )
            for of, counts in (
                ("", results.warm_instructions),
                (" without `statusDetails`", results.warm_without_details),
            )
        ),
        _section(
            "CPU time of a warm invocation",
            ("handler", *(f"{jobs} jobs, ms | ratio to the call" for jobs in results.warm_seconds)),
            _warm(results.warm_seconds, 1000),
        ),
        *(_listing(workload, listed) for workload, listed in results.listings.items()),
        load_report.section(results.load) if results.load else "",
        sweep_report.section(results.sweeps),
        _section(
            "Bundle size",
            ("handler", "zipped, MB", "unzipped, MB"),
            (
                (each.label, _megabytes(size.zipped), _megabytes(size.unzipped))
                for each, size in results.sizes.items()
            ),
        ),
        _section(
            "This project's bundle by package",
            ("package", "zipped, KB"),
            ((package, f"{size / 1000:.0f}") for package, size in results.shares.items()),
        ),
    ]
    return "\n".join(filter(None, parts))


def _section(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    first = f"| {' | '.join(head)} |"
    ruler = "|---|" + "---:|" * (first.count("|") - 2)
    return "\n".join([f"## {title}", "", first, ruler, *lines, ""])


def _target(target: Target) -> Sequence[str]:
    return (
        target.name,
        f"{target.limit:.3g}{target.unit}",
        f"**{target.measured:.3g}{target.unit}**",
        "met" if target.met else "**missed**",
    )


def _cold(counts: Mapping[Contender, float], seconds: Mapping[Contender, float]) -> Iterable[Sequence[str]]:
    for contender in counts:
        yield (
            contender.label,
            f"{counts[contender] / 1e6:.0f}",
            _ratio(counts, contender, BARE_BOTO3),
            f"{seconds[contender] * 1000:.0f}" if contender in seconds else "",
            _ratio(seconds, contender, BARE_BOTO3) if contender in seconds else "",
        )


def _warm(warm: Mapping[int, Mapping[Contender, float]], unit: float) -> Iterable[Sequence[str]]:
    first: Mapping[Contender, float] = next(iter(warm.values()), {})
    for contender in first:
        yield (
            contender.label,
            *(f"{of[contender] * unit:.2f} | {_ratio(of, contender, CLIENT_CALL)}" for of in warm.values()),
        )


def _listing(workload: Workload, listed: Mapping[Lister, Listed]) -> str:
    base = listed.get(LARGE_PAGES)
    rows = (
        (
            lister.label,
            f"{each.jobs:,}",
            f"{each.seconds:.3g}",
            f"{each.seconds / base.seconds:.3f}" if base and lister.whole else "",
            f"{each.megabytes:.0f}",
        )
        for lister, each in listed.items()
    )
    dates = "evenly spread" if workload.spread == "even" else workload.spread
    title = f"{workload.jobs:,} jobs at {DELAY_MS} ms per page, creation times {dates}"
    return _section(title, ("method", "jobs covered", "s", "ratio to the paginator", "peak MB"), rows)


def _ratio(of: Mapping[Contender, float], contender: Contender, base: Contender) -> str:
    return f"{of[contender] / of[base]:.3g}" if base in of else ""


def _megabytes(number: int) -> str:
    return f"{number / 1e6:.1f}"
