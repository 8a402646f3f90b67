"""The section of docs/performance.md on the service under load."""

from collections.abc import Iterator

from benchmarks.load.callers import Attempt, Sweep
from benchmarks.load.figures import (
    Burst,
    Load,
    Steady,
    percentile,
    retry_afters,
    share,
)
from benchmarks.load.measure import (
    BURST_REQUESTS,
    BURST_SECONDS,
    BURST_WORKFLOWS,
    IDENTICAL_SHARE,
    INSTANCES,
    JOBS,
    LATENCY_MS,
    QUOTA,
    REQUESTS_PER_SECOND,
)


def section(load: Load) -> str:
    """Write the section."""
    names = ["no cache", *(f"cache of {seconds} s" for seconds in load.steady if seconds)]
    columns = list(map(_steady, load.steady.values()))
    rows = [f"| {' | '.join(cells)} |" for cells in zip(_STEADY_ROWS, *columns, strict=True)]
    text = (
        f"Bedrock accepts {QUOTA.requests_per_second:g} requests a second and {QUOTA.burst} at once, and "
        f"answers after {LATENCY_MS} ms. {REQUESTS_PER_SECOND} HTTP requests a second arrive at random times "
        f"at {INSTANCES} instances of the listing function, {IDENTICAL_SHARE:.0%} of them for the same page. "
        f"Meanwhile the watch function sweeps {JOBS:,} jobs again and again. One throttled caller in ten "
        "comes back exactly when `Retry-After` says."
    )
    head = [f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    return "\n".join(["## Under load", "", text, "", *head, *rows, "", *_burst(load.burst), ""])


_STEADY_ROWS = (
    *("answered with 200", "throttled: 429", "anything else", "no free instance (requests)"),
    *("callers that came back and were answered", "median, s", "95 %, s", "99 %, s", "longest wait, s"),
    *("`Retry-After`, s", "Bedrock calls per answer", "sweeps that completed", "longest sweep, s"),
)


def _steady(steady: Steady) -> list[str]:
    answers = steady.answers
    seconds = [each.seconds for each in answers]
    others = len(answers) - sum(each.status in (200, 429) for each in answers)
    return [
        f"{share(answers):.1%}",
        f"{share(answers, 429):.1%}",
        str(others),
        str(steady.without_instance),
        f"{share(steady.returned):.1%}" if steady.returned else "",
        *(f"{percentile(seconds, percent):.2f}" for percent in (50, 95, 99, 100)),
        _spread(answers),
        f"{(steady.calls.accepted + steady.calls.throttled) / len(answers):.2f}",
        f"{sum(each.complete for each in steady.sweeps)} of {len(steady.sweeps)}",
        _longest(steady.sweeps),
    ]


def _burst(burst: Burst) -> Iterator[str]:
    attempts = [len(each) for each in burst.requests]
    tried = [each for each in burst.workflows if each is not None]
    yield (
        f"A burst: {BURST_REQUESTS} HTTP requests within {BURST_SECONDS:g} s, {BURST_WORKFLOWS} workflows "
        "and a sweep. HTTP callers come back when `Retry-After` says until they are answered, workflows as "
        "the state machine retries."
    )
    yield ""
    yield "| | |"
    yield "|---|---:|"
    yield f"| HTTP callers that were answered | {burst.answered} of {len(attempts)} |"
    yield f"| all answered after, s | {burst.seconds:.1f} |"
    yield f"| at best, by the quota, s | {burst.ideal_seconds:.1f} |"
    yield f"| attempts, median and most | {percentile(attempts, 50)}, {max(attempts)} |"
    yield f"| workflows that were answered | {len(tried)} of {len(burst.workflows)} |"
    yield f"| retries of a workflow's task, most | {max(tried, default=0)} |"
    yield f"| sweep | {_outcome(burst.sweep)} |"


def _outcome(sweep: Sweep) -> str:
    return f"{'complete' if sweep.complete else sweep.error or 'incomplete'} after {sweep.seconds:.1f} s"


def _longest(sweeps: list[Sweep]) -> str:
    return f"{max(each.seconds for each in sweeps):.1f}" if sweeps else ""


def _spread(answers: list[Attempt]) -> str:
    values = list(retry_afters(answers))
    return f"{values[0]} to {values[-1]}" if values else ""
