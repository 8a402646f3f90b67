"""One run's figures as Markdown: for the terminal, and with its method for docs/performance.md."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template

from benchmarks.contenders import BARE, CALL, Contender
from benchmarks.listings import DELAY_MS, LARGE_PAGES, Listed, Lister, Scene
from benchmarks.measures import COLD_JOBS
from benchmarks.results import Aim, Results, aims

_METHOD = Path(__file__).parent / "method.md"


def document(results: Results, environment: Sequence[str]) -> str:
    """Write docs/performance.md.

    Parameters
    ----------
    results : Results
        Of a full run.
    environment : sequence of str
        What it was measured on and with.
    """
    facts = "\n".join(f"- {fact}" for fact in environment)
    method = Template(_METHOD.read_text(encoding="utf-8")).substitute(cold_jobs=COLD_JOBS, delay_ms=DELAY_MS)
    return f"{method}\n## Measured on\n\n{facts}\n\n{tables(results)}"


def tables(results: Results) -> str:
    """Write all tables that there are figures for."""
    parts = [
        _section("Aims", ("aim", "limit", "measured", ""), map(_aim, aims(results))),
        _section(
            f"Cold start, first answer of {COLD_JOBS} jobs",
            ("handler", "instructions, millions", "to bare boto3", "ms", "to bare boto3"),
            _cold(results),
        ),
        _section(
            "Warm: CPU for one invocation",
            ("handler", *(f"{jobs} jobs, ms | to the call" for jobs in results.warm_seconds)),
            _warm(results.warm_seconds),
        ),
        *(_listing(scene, listed) for scene, listed in results.listings.items()),
        _section(
            "Bundle",
            ("handler", "zipped, MB", "unzipped, MB"),
            (
                (each.label, _megabytes(size.zipped), _megabytes(size.unzipped))
                for each, size in results.sizes.items()
            ),
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


def _aim(aim: Aim) -> Sequence[str]:
    return (
        aim.what,
        f"{aim.limit:.3g}{aim.unit}",
        f"**{aim.measured:.3g}{aim.unit}**",
        "reached" if aim.reached else "**missed**",
    )


def _cold(results: Results) -> Iterable[Sequence[str]]:
    counts, seconds = results.instructions, results.cold_seconds
    for contender in counts:
        yield (
            contender.label,
            f"{counts[contender] / 1e6:.0f}",
            _ratio(counts, contender, BARE),
            f"{seconds[contender] * 1000:.0f}",
            _ratio(seconds, contender, BARE),
        )


def _warm(warm: Mapping[int, Mapping[Contender, float]]) -> Iterable[Sequence[str]]:
    first: Mapping[Contender, float] = next(iter(warm.values()), {})
    for contender in first:
        yield (
            contender.label,
            *(f"{of[contender] * 1000:.2f} | {_ratio(of, contender, CALL)}" for of in warm.values()),
        )


def _listing(scene: Scene, listed: Mapping[Lister, Listed]) -> str:
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
    dates = "evenly spread" if scene.spread == "even" else scene.spread
    head = ("who", "jobs told of", "s", "to the paginator", "peak MB")
    return _section(f"{scene.jobs:,} jobs at {DELAY_MS} ms a page, dates {dates}", head, rows)


def _ratio(of: Mapping[Contender, float], contender: Contender, base: Contender) -> str:
    return f"{of[contender] / of[base]:.3g}" if base in of else ""


def _megabytes(number: int) -> str:
    return f"{number / 1e6:.1f}"
