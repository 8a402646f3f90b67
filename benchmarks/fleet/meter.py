"""What the simulated services count, and how long their calls take."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from benchmarks.fleet.virtual_time import Clock

# Assumed durations of calls, as the least and the most seconds of a uniform distribution.
LATENCIES = {
    "sts": (0.08, 0.15),
    "bedrock": (0.15, 0.6),
    "organizations": (0.1, 0.3),
    "dynamodb": (0.004, 0.012),
    "events": (0.01, 0.03),
}


class Call(NamedTuple):
    """An operation of a service."""

    service: str
    operation: str


@dataclass
class Meter:
    """Running figures. Subtract two copies to get those of the time in between.

    Attributes
    ----------
    calls : Counter of Call
        Attempts, also those that were throttled.
    seconds : Counter of str
        Seconds in calls by service; those that run at the same time are added up.
    reads, writes : float
        DynamoDB's units.
    listed : int
        Jobs in the answers of Bedrock.
    events : int
        Events on the bus.
    log_bytes : int
        What the functions write to their logs.
    """

    calls: Counter[Call] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    reads: float = 0.0
    writes: float = 0.0
    listed: int = 0
    events: int = 0
    log_bytes: int = 0

    def copy(self) -> "Meter":
        """Return a copy that is not counted further."""
        return self.since(Meter())

    def since(self, before: "Meter") -> "Meter":
        """Return what has been counted since a copy was made."""
        return Meter(
            self.calls - before.calls,
            self.seconds - before.seconds,
            self.reads - before.reads,
            self.writes - before.writes,
            self.listed - before.listed,
            self.events - before.events,
            self.log_bytes - before.log_bytes,
        )

    def write(self, text: str) -> int:
        """Count text that is printed, as a stream does."""
        self.log_bytes += len(text.encode())
        return len(text)

    def flush(self) -> None:
        """Do nothing, as nothing is buffered."""


class Network:
    """Lets calls take their time on the virtual clock, and counts them."""

    def __init__(self, clock: Clock, meter: Meter, random: Random) -> None:
        self.clock = clock
        self.meter = meter
        self._random = random

    def call(self, service: str, operation: str, *, seconds: tuple[float, float] | None = None) -> None:
        """Let one attempt pass."""
        duration = self._random.uniform(*(seconds or LATENCIES[service]))
        self.meter.calls[Call(service, operation)] += 1
        self.meter.seconds[service] += duration
        self.clock.advance(duration)

    def pause(self, retry: int) -> None:
        """Let the pause before a retry pass, as botocore's standard mode makes it."""
        self.clock.advance(self._random.uniform(0, min(2.0**retry, 20.0)))

    def chance(self, probability: float) -> bool:
        """Return true with a probability."""
        return self._random.random() < probability
