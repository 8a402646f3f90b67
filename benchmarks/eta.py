"""`python -m benchmarks.eta`: how often jobs end within their expected interval, over simulated histories.

Jobs are replayed in chronological order: as in the watch, an estimate is based only on jobs that had
completed by then. It is compared with two naive intervals from the same past jobs: from the shortest to the
longest, and two standard deviations around the mean.
"""

import heapq
import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from customization_jobs.eta.expected_end import RunningJob, expected_end
from customization_jobs.eta.history import CompletedJob, History
from customization_jobs.jobs import PHASES

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_HOUR = 3600
_DAY = 24 * _HOUR
# Mean shares of the phases in a job's duration.
_SHARES = (0.1, 0.2, 0.7)
_MODELS = {"lite": 2.0, "micro": 1.0, "titan": 6.0}
# Number of random times in a job's life at which an estimate is requested.
_LOOKS = 3


class SimulatedJob(NamedTuple):
    """A job that completes. Times are in seconds."""

    number: int
    model: str
    created: int
    phase_starts: tuple[int, ...]
    end: int

    def running_at(self, time: int) -> RunningJob:
        """Return the job as it is in progress at a time."""
        phase = max(index for index, start in enumerate(self.phase_starts) if start <= time)
        started = _time(self.phase_starts[phase])
        return RunningJob("FINE_TUNING", self.model, _time(self.created), PHASES[phase], started)

    def completed(self) -> CompletedJob:
        """Return what it contributes to the history."""
        after = tuple(self.end - start for start in self.phase_starts)
        return CompletedJob(self.end, f"{self.number:012x}", self.end - self.created, after)


# Returns the model and the hours of a job, given its position in the history, from 0 to 1.
Course = Callable[[Random, float], tuple[str, float]]


@dataclass
class Tally:
    """How often jobs ended within an interval, and how wide it was."""

    estimates: int = 0
    inside: int = 0
    seconds: float = 0.0

    def add(self, earliest: float, latest: float, *, end: int, now: int) -> None:
        """Count an interval that was given at `now`. The part before `now` adds nothing to its width."""
        self.estimates += 1
        self.inside += earliest <= end <= latest
        self.seconds += max(latest - max(earliest, now), 0)

    @property
    def coverage(self) -> float:
        """The share of jobs that ended inside."""
        return self.inside / self.estimates if self.estimates else math.nan

    @property
    def mean_hours(self) -> float:
        """The mean width."""
        return self.seconds / self.estimates / _HOUR if self.estimates else math.nan


@dataclass
class Replay:
    """The result of a replay.

    Attributes
    ----------
    at_creation, at_phase_starts, at_any_time : Tally
        By when the estimate was made.
    shortest_to_longest, two_deviations : Tally
        The naive intervals at any time, for the same jobs and times as `at_any_time`.
    asked : int
        Number of estimates that were asked for, answered or not.
    late : int
        Number of jobs that were late one second before they ended.
    """

    jobs: int = 0
    asked: int = 0
    late: int = 0
    at_creation: Tally = field(default_factory=Tally)
    at_phase_starts: Tally = field(default_factory=Tally)
    at_any_time: Tally = field(default_factory=Tally)
    shortest_to_longest: Tally = field(default_factory=Tally)
    two_deviations: Tally = field(default_factory=Tally)

    @property
    def answered(self) -> float:
        """The share of estimates that named an interval."""
        tallies = (self.at_creation, self.at_phase_starts, self.at_any_time)
        return sum(each.estimates for each in tallies) / self.asked


def simulate(course: Course, jobs: int, seed: int, *, days: float = 90) -> list[SimulatedJob]:
    """Simulate jobs that are created at random times."""
    random = Random(seed)  # noqa: S311 - not for secrets: the figures must be reproducible
    simulated = []
    for number, created in enumerate(sorted(random.randrange(round(days * _DAY)) for _ in range(jobs))):
        model, hours = course(random, number / jobs)
        parts = [share * random.uniform(0.5, 1.5) for share in _SHARES]
        seconds = [max(1, round(hours * _HOUR * part / sum(parts))) for part in parts]
        starts = tuple(created + elapsed for elapsed in accumulate([0, *seconds[:-1]]))
        simulated.append(SimulatedJob(number, model, created, starts, created + sum(seconds)))
    return simulated


def replay(jobs: Sequence[SimulatedJob], seed: int = 1) -> Replay:
    """Ask for estimates of each job: when it is created, when each phase starts, and at random times."""
    random = Random(seed)  # noqa: S311 - as above
    result = Replay(len(jobs))
    by_model: dict[str, History] = {}
    of_type = History()
    running: list[tuple[int, SimulatedJob]] = []
    for time, job, tally in _questions(jobs, result, random):
        while running and running[0][0] <= time:
            _, ended = heapq.heappop(running)
            of_type = of_type.with_jobs([ended.completed()])
            by_model[ended.model] = by_model.get(ended.model, History()).with_jobs([ended.completed()])
        if tally is result.at_creation:
            heapq.heappush(running, (job.end, job))
        _ask(job, time, tally, result, by_model.get(job.model, History()), of_type)
    return result


def _questions(
    jobs: Sequence[SimulatedJob], result: Replay, random: Random
) -> Iterator[tuple[int, SimulatedJob, Tally | None]]:
    """Yield in chronological order when to ask about which job; without a tally, only whether it is late."""
    questions: list[tuple[int, int, SimulatedJob, Tally | None]] = []
    for job in jobs:
        moments: list[tuple[int, Tally | None]] = [(job.created, result.at_creation)]
        moments += [(start, result.at_phase_starts) for start in job.phase_starts[1:]]
        moments += [(random.randrange(job.created, job.end), result.at_any_time) for _ in range(_LOOKS)]
        moments.append((job.end - 1, None))
        questions += [(time, order, job, tally) for order, (time, tally) in enumerate(moments)]
    questions.sort(key=lambda each: (each[0], each[2].number, each[1]))
    return ((time, job, tally) for time, _, job, tally in questions)


def _ask(
    job: SimulatedJob, time: int, tally: Tally | None, result: Replay, of_model: History, of_type: History
) -> None:
    estimate = expected_end(job.running_at(time), of_model, of_type, _time(time))
    assert estimate is not None  # noqa: S101 - the creation time is right
    if tally is None:
        result.late += estimate.is_late
        return
    result.asked += 1
    if estimate.reason or estimate.earliest is None or estimate.latest is None:
        return
    tally.add(_seconds(estimate.earliest), _seconds(estimate.latest), end=job.end, now=time)
    totals = of_model.totals if "baseModel" in estimate.similar_by else of_type.totals
    if tally is result.at_any_time:
        low, high = job.created + totals[0], job.created + totals[-1]
        result.shortest_to_longest.add(low, high, end=job.end, now=time)
        mean, deviation = job.created + statistics.fmean(totals), statistics.pstdev(totals)
        result.two_deviations.add(mean - 2 * deviation, mean + 2 * deviation, end=job.end, now=time)


def _time(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _seconds(time: datetime) -> float:
    return (time - _EPOCH).total_seconds()


def lognormal(sigma: float, *, growth: Callable[[float], float] = lambda _: 1.0) -> Course:
    """Return a course of several models, each with its own median."""

    def course(random: Random, position: float) -> tuple[str, float]:
        model = random.choice(sorted(_MODELS))
        return model, _MODELS[model] * growth(position) * random.lognormvariate(0, sigma)

    return course


def bimodal(random: Random, _: float) -> tuple[str, float]:
    """Return a job on a small data set or on a large one."""
    return "lite", random.choice((0.5, 12.0)) * random.lognormvariate(0, 0.2)


def few(random: Random, _: float) -> tuple[str, float]:
    """Return a job on one of many models, with few jobs on each."""
    model = random.randrange(20)
    return f"model-{model}", (1 + model) * random.lognormvariate(0, 0.3)


def new_model(random: Random, position: float) -> tuple[str, float]:
    """Return a job on one model; half of the later jobs are on another, which takes four times as long."""
    is_new = position > 0.5 and random.random() < 0.5  # noqa: PLR2004 - half
    model, hours = ("titan", 8) if is_new else ("lite", 2)
    return model, hours * random.lognormvariate(0, 0.3)


STATIONARY: Mapping[str, Course] = {
    "stationary": lognormal(0.4),
    "stationary, long tail": lognormal(1.0),
    "stationary, bimodal": bimodal,
}
ADVERSARIAL: Mapping[str, Course] = {
    "durations double gradually": lognormal(0.4, growth=lambda position: 1 + position),
    "durations halve gradually": lognormal(0.4, growth=lambda position: 2 - position),
    "durations double at once": lognormal(0.4, growth=lambda position: 1 + (position > 0.5)),  # noqa: PLR2004 - half
    "20 models, few jobs on each": few,
    "a new model, 4 times as slow": new_model,
}
_HEADER = (
    "history",
    "answered",
    "inside: at creation",
    "at phase starts",
    "at any time",
    "width (h)",
    "shortest to longest: inside",
    "width (h)",
    "mean ± 2 sd: inside",
    "width (h)",
    "late",
)


def table(jobs: int = 900, seed: int = 11) -> str:
    """Replay every history, and return the figures as a Markdown table."""
    lines = [f"| {' | '.join(_HEADER)} |", "|---" + "|---:" * (len(_HEADER) - 1) + "|"]
    for name, course in {**STATIONARY, **ADVERSARIAL}.items():
        result = replay(simulate(course, jobs, seed))
        naive = [
            text
            for each in (result.at_any_time, result.shortest_to_longest, result.two_deviations)
            for text in (_percent(each.coverage), f"{each.mean_hours:.1f}")
        ]
        cells = (
            name,
            _percent(result.answered),
            _percent(result.at_creation.coverage),
            _percent(result.at_phase_starts.coverage),
            *naive,
            _percent(result.late / result.jobs),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


if __name__ == "__main__":
    print(table())
