"""Simulates releases of a watch that always raises: `python -m benchmarks.releases`.

Prints how often CodeDeploy rolls such a release back, by the alarms alone and with the hook.
"""

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

RELEASES = 200_000
SEED = 8
CANARY_MINUTES = (5, 10, 15, 30)
# Lambda retries a failed asynchronous invocation after one minute, and after two more.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_ATTEMPT_MINUTES = (0, 1, 3)
# The alarms evaluate this many periods of one minute. `RULES`: how many of them must have an error.
_EVALUATED_MINUTES = 5
RULES = (2, 1)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What invokes the watch.

    Attributes
    ----------
    sweep_minutes : float
        Time between two scheduled times of the sweep.
    window_minutes : float
        A sweep starts at any time in this window after its scheduled time.
    events_per_hour : float
        Bedrock's events, at random times.
    share : float
        Share of the invocations that the canary gets.
    sticky : bool
        Whether Lambda's retries go to the version of the first attempt. AWS does not document it.
    metric_delay_minutes : float
        Time from the end of a minute until the alarm sees its errors. An assumption.
    """

    sweep_minutes: float = 15
    window_minutes: float = 5
    events_per_hour: float = 0
    share: float = 0.1
    sticky: bool = False
    metric_delay_minutes: float = 1


def error_times(traffic: Traffic, minutes: float, chance: random.Random) -> list[float]:
    """Return when the new version raises during a canary of `minutes`, in ascending order."""
    times: list[float] = []
    for start in _invocations(traffic, minutes, chance):
        new_version = chance.random() < traffic.share
        for delay in _ATTEMPT_MINUTES:
            # The old version succeeds, which ends the retries.
            if not new_version:
                break
            times.append(start + delay)
            new_version = traffic.sticky or chance.random() < traffic.share
    return sorted(time for time in times if time < minutes)


def _invocations(traffic: Traffic, minutes: float, chance: random.Random) -> Iterator[float]:
    scheduled = chance.random() * traffic.sweep_minutes - traffic.window_minutes
    while scheduled < minutes:
        start = scheduled + chance.random() * traffic.window_minutes
        if 0 <= start < minutes:
            yield start
        scheduled += traffic.sweep_minutes
    if traffic.events_per_hour:
        time = chance.expovariate(traffic.events_per_hour / 60)
        while time < minutes:
            yield time
            time += chance.expovariate(traffic.events_per_hour / 60)


def alarm_time(errors: Sequence[float], rule: int, phase: float, delay: float) -> float | None:
    """Return when the alarm is raised.

    Parameters
    ----------
    errors : sequence of float
        Times of the errors in minutes, ascending.
    rule : int
        How many of the evaluated minutes must have an error.
    phase : float
        Time of the first full minute of the clock.
    delay : float
        Time from the end of a minute until the alarm sees it.
    """
    bad_minutes = sorted({int(time - phase + 1) for time in errors})
    for last, first in zip(bad_minutes[rule - 1 :], bad_minutes, strict=False):
        if last - first < _EVALUATED_MINUTES:
            return last + phase + delay
    return None


def rolled_back(
    traffic: Traffic, releases: int = RELEASES, seed: int = SEED
) -> Mapping[tuple[int, int], float]:
    """Return the share of the releases that the alarms roll back, by length of the canary and rule."""
    chance = random.Random(seed)  # noqa: S311 - a simulation, repeatable
    counts = dict.fromkeys(((minutes, rule) for minutes in CANARY_MINUTES for rule in RULES), 0)
    for _ in range(releases):
        errors = error_times(traffic, max(CANARY_MINUTES), chance)
        phase = chance.random()
        if errors:
            for rule in RULES:
                raised = alarm_time(errors, rule, phase, traffic.metric_delay_minutes)
                for minutes in CANARY_MINUTES:
                    counts[minutes, rule] += raised is not None and raised <= minutes
    return {key: count / releases for key, count in counts.items()}


def main() -> None:
    """Print the figures of docs/operations.md."""
    for label, events in (("sweeps alone", 0), ("sweeps and six events an hour", 6)):
        sys.stdout.write(f"{label}\n")
        shares = [rolled_back(Traffic(events_per_hour=events, sticky=sticky)) for sticky in (False, True)]
        for minutes, rule in shares[0]:
            low, high = sorted(share[minutes, rule] for share in shares)
            sys.stdout.write(
                f"  canary of {minutes} minutes, errors in {rule} of five: {low:.1%} to {high:.1%}\n"
            )
    sys.stdout.write("With the hook, every release whose self-check raises, before it gets traffic.\n")


if __name__ == "__main__":
    main()
