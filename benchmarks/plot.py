"""Draws the report's plot, bars of ratios, as SVG without a plotting package."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from benchmarks.contenders import BARE_BOTO3, CLIENT_CALL, Contender
from benchmarks.listings import LARGE_PAGES
from benchmarks.results import AT_SCALE, Results

_WIDTH, _LABELS, _NUMBERS = 860, 330, 60
_LINE, _GAP = 22, 40
# Readable on light and dark pages, and for readers who cannot distinguish red from green.
_OURS, _PEER, _TEXT = "#e8730c", "#7a8ca3", "#6a737d"
_FONT = f'font-family="system-ui, sans-serif" font-size="13" fill="{_TEXT}"'


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar."""

    label: str
    ratio: float
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars that share one scale."""

    title: str
    bars: Sequence[Bar]


def panels(results: Results) -> Sequence[Panel]:
    """Select the ratios to bare boto3 that are drawn, smallest first."""
    chosen = [Panel("Cold start: instructions to the first answer", _bars(results.instructions, BARE_BOTO3))]
    for jobs in (100, 1000):
        if jobs in results.warm_seconds:
            title = f"Warm: CPU of one invocation, {jobs} jobs"
            chosen.append(Panel(title, _bars(results.warm_seconds[jobs], CLIENT_CALL)))
    listed = results.listings.get(AT_SCALE, {})
    if LARGE_PAGES in listed:
        base = listed[LARGE_PAGES].seconds
        bars = [
            Bar(_plain(lister.label), each.seconds / base, lister.contender.is_ours)
            for lister, each in listed.items()
            if lister.whole
        ]
        chosen.append(Panel(f"Counts of {AT_SCALE.jobs:,} jobs: wall time", _sorted(bars)))
    return chosen


def svg(drawn: Sequence[Panel]) -> str:
    """Draw panels, one below the other."""
    height = sum(_GAP + _LINE * len(panel.bars) for panel in drawn) + _GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" {_FONT}>',
            "<title>Ratios to bare boto3; shorter is faster</title>",
            *_lines(drawn),
            f'<text x="8" y="{height - 14}" font-size="11">Ratios to bare boto3: shorter is faster.</text>',
            "</svg>\n",
        ]
    )


def _lines(drawn: Sequence[Panel]) -> Iterator[str]:
    top = 0
    for panel in drawn:
        top += _GAP
        yield f'<text x="8" y="{top - 12}" font-weight="bold">{escape(panel.title)}</text>'
        longest = max(bar.ratio for bar in panel.bars)
        for bar in panel.bars:
            width = bar.ratio / longest * (_WIDTH - _LABELS - _NUMBERS)
            middle = top + _LINE * 0.65
            weight = ' font-weight="bold"' if bar.is_ours else ""
            yield (
                f'<text x="{_LABELS - 8}" y="{middle:.0f}" text-anchor="end"{weight}>{escape(bar.label)}'
                f'</text><rect x="{_LABELS}" y="{top + 3}" width="{max(width, 1):.1f}" height="{_LINE - 6}"'
                f' fill="{_OURS if bar.is_ours else _PEER}"/>'
                f'<text x="{_LABELS + width + 6:.0f}" y="{middle:.0f}"{weight}>{bar.ratio:.2g}</text>'
            )
            top += _LINE


def _bars(of: Mapping[Contender, float], base: Contender) -> Sequence[Bar]:
    bars = [Bar(_plain(each.label), figure / of[base], each.is_ours) for each, figure in of.items()]
    return _sorted(bars)


def _sorted(bars: Sequence[Bar]) -> Sequence[Bar]:
    return sorted(bars, key=lambda bar: bar.ratio)


def _plain(label: str) -> str:
    return label.replace("*", "").replace("`", "")
