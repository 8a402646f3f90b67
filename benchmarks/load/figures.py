"""The figures of a run under load, and what follows from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from benchmarks.load.callers import NO_INSTANCE, THROTTLED, Attempt, Sweep


@dataclass(frozen=True, slots=True)
class BedrockCalls:
    """Number of calls that Bedrock accepted, and that it throttled."""

    accepted: int
    throttled: int

    def since(self, earlier: "BedrockCalls") -> "BedrockCalls":
        """Return the calls after an earlier count."""
        return BedrockCalls(self.accepted - earlier.accepted, self.throttled - earlier.throttled)


@dataclass(slots=True)
class Steady:
    """Requests at a steady rate, above the quota.

    Attributes
    ----------
    first : list of Attempt
        Answers to requests that are sent for the first time.
    returned : list of Attempt
        Answers to those callers that were throttled and came back once, when `Retry-After` said.
    calls : BedrockCalls
        Calls of Bedrock in that time, including those of sweeps.
    sweeps : list of Sweep
        Sweeps in that time, one after another.
    """

    first: list[Attempt] = field(default_factory=list)
    returned: list[Attempt] = field(default_factory=list)
    calls: BedrockCalls = BedrockCalls(0, 0)
    sweeps: list[Sweep] = field(default_factory=list)

    @property
    def answers(self) -> list[Attempt]:
        """All answers of the function."""
        return [each for each in (*self.first, *self.returned) if each.status != NO_INSTANCE]

    @property
    def without_instance(self) -> int:
        """Number of requests for which there was no instance."""
        return len(self.first) + len(self.returned) - len(self.answers)


@dataclass(slots=True)
class Burst:
    """Callers of all kinds at once, who come back until they are answered.

    Attributes
    ----------
    requests : list of list of Attempt
        The attempts of each HTTP caller.
    workflows : list of int or None
        Number of retries of each workflow's task; None if it gave up.
    sweep : Sweep
        The sweep that began with them.
    seconds : float
        Until all HTTP callers were answered.
    ideal_seconds : float
        The least possible: the calls that are needed beyond the burst, divided by the quota's rate.
    """

    requests: list[list[Attempt]]
    workflows: list[int | None]
    sweep: Sweep
    seconds: float
    ideal_seconds: float

    @property
    def answered(self) -> int:
        """Number of HTTP callers with a successful answer."""
        return sum(attempts[-1].status == HTTPStatus.OK for attempts in self.requests)


@dataclass(slots=True)
class Load:
    """All figures.

    Attributes
    ----------
    steady : dict of int to Steady
        By the setting `listCacheSeconds`.
    burst : Burst
        Without a cache.
    """

    steady: dict[int, Steady]
    burst: Burst

    @property
    def answers(self) -> list[Attempt]:
        """All answers to HTTP requests."""
        steady = [answer for each in self.steady.values() for answer in each.answers]
        burst = [each for attempts in self.burst.requests for each in attempts if each.status != NO_INSTANCE]
        return [*steady, *burst]

    @property
    def sweeps(self) -> list[Sweep]:
        """All sweeps."""
        return [*(sweep for each in self.steady.values() for sweep in each.sweeps), self.burst.sweep]


def share(attempts: Sequence[Attempt], status: int = HTTPStatus.OK) -> float:
    """Return the share of attempts with a status; 0 without attempts."""
    return sum(each.status == status for each in attempts) / len(attempts) if attempts else 0.0


def percentile(seconds: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least this percentage of the values does not exceed; 0 if empty."""
    ordered = sorted(seconds)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)] if ordered else 0.0


def wrongly_refused(attempts: Sequence[Attempt]) -> int:
    """Count the answers that are neither a success nor a 429 with a `Retry-After` of a second or more."""
    return sum(
        each.status != HTTPStatus.OK and not (each.status == THROTTLED and (each.retry_after or 0) >= 1)
        for each in attempts
    )


def retry_afters(attempts: Sequence[Attempt]) -> Mapping[int, int]:
    """Count the throttled answers by their `Retry-After`."""
    counts = Counter(each.retry_after for each in attempts if each.retry_after is not None)
    return {seconds: counts[seconds] for seconds in sorted(counts)}
