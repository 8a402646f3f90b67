"""Measures the sweep that the schedule runs: the watch function with its table and its bus."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import callgrind
from benchmarks.bedrock_server import serving
from benchmarks.contenders import THIS_PROJECT, Testbed, WrongAnswerError
from benchmarks.listings import DELAY_MS
from benchmarks.measures import COLD_JOBS
from benchmarks.process_usage import cpu_seconds, peak_megabytes
from benchmarks.watch_server import Usage, WatchServer, serving_watch

RUNNING = 20
TABLE_DELAY_MS = 5
_CHANGED_SHARE = 0.01
_RUNS = 3
# What the stack sets for the watch function (infra/constructs/watch_function), with the default settings.
_VARIABLES = {
    "BEDROCK_REGION": "us-east-1",
    "IN_PROGRESS_LIMIT_SECONDS": "86400",
    "WATCH_TABLE": "benchmark",
    "WATCH_BUS": "benchmark",
    "WATCH_RETENTION_DAYS": "400",
    "WAIT_EXPIRY_DAYS": "30",
}
# What the stack's schedule sends, with the default settings.
_TICK = {"schedule": {}, "sweep": "all-jobs", "query": {}}
# Imports the modules and creates the clients, but lists no job.
_WARM_UP = {"schedule": {}, "sweep": "warm-up", "query": {"creationTimeAfter": "2100-01-01T00:00:00Z"}}


class Swept(NamedTuple):
    """One sweep by a warm function, in a fresh process.

    Attributes
    ----------
    usage : Usage
        What the table and the bus served.
    seconds : float
        Wall time.
    megabytes : float
        Peak memory of the process.
    """

    usage: Usage
    cpu_seconds: float
    seconds: float
    megabytes: float


class Sweeps(NamedTuple):
    """The sweeps of a given number of jobs, of which `RUNNING` are in progress.

    Attributes
    ----------
    quiet : Swept
        Nothing has changed since the last sweep.
    changed : Swept
        One in a hundred jobs has changed.
    all_jobs : Swept
        Nothing has changed, and all jobs are observed, as once a day.
    """

    quiet: Swept
    changed: Swept
    all_jobs: Swept


def measure(testbed: Testbed, numbers: Sequence[int]) -> Mapping[int, Sweeps]:
    """Measure sweeps, by the number of jobs."""
    return {jobs: _measure(testbed, jobs) for jobs in numbers}


def _measure(testbed: Testbed, jobs: int) -> Sweeps:
    changed = round(jobs * _CHANGED_SHARE)
    with (
        serving_watch(delay_ms=TABLE_DELAY_MS) as watch,
        serving(jobs, delay_ms=DELAY_MS, running=RUNNING) as before,
        serving(jobs, delay_ms=DELAY_MS, running=RUNNING, changed=changed) as after,
    ):
        # The second sweep finds late jobs, by the durations that the first one has recorded.
        for _ in range(2):
            _sweep(testbed, before, watch, jobs)
        quiet = _median([_sweep(testbed, before, watch, jobs) for _ in range(_RUNS)])
        watch.delete("#part")
        all_jobs = _sweep(testbed, before, watch, jobs)
        return Sweeps(quiet, _sweep(testbed, after, watch, jobs + max(changed - RUNNING, 0)), all_jobs)


def cold_instructions(testbed: Testbed) -> int:
    """Count the instructions from the start of a fresh process to the end of a quiet sweep of few jobs."""
    with serving_watch() as watch, serving(COLD_JOBS) as bedrock, tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            _sweep(testbed, bedrock, watch, COLD_JOBS)
        wrapper = callgrind.command(Path(folder))
        variables = _variables(watch)
        with testbed.process(THIS_PROJECT, bedrock, variables=variables, wrapper=wrapper) as process:
            _check(process.invoke(_TICK).payload, COLD_JOBS)
        return callgrind.total_instructions(Path(folder))


def _variables(watch: WatchServer) -> Mapping[str, str]:
    return _VARIABLES | {f"AWS_ENDPOINT_URL_{service}": watch.url for service in ("DYNAMODB", "EVENTBRIDGE")}


def _check(answer: Any, jobs: int) -> None:
    if (answer["jobs"], answer["complete"]) != (jobs, True):
        raise WrongAnswerError(f"the sweep of {jobs} jobs returned {answer}")


def _sweep(testbed: Testbed, bedrock: str, watch: WatchServer, jobs: int) -> Swept:
    with testbed.process(THIS_PROJECT, bedrock, variables=_variables(watch)) as process:
        process.invoke(_WARM_UP)
        usage, cpu, sent_at = watch.usage(), cpu_seconds(process.pid), time.monotonic()
        response = process.invoke(_TICK)
        cpu = cpu_seconds(process.pid) - cpu
        _check(response.payload, jobs)
        seconds = response.received_at - sent_at
        return Swept(watch.usage().since(usage), cpu, seconds, peak_megabytes(process.pid))


def _median(swept: list[Swept]) -> Swept:
    """Return one whose CPU time is the median."""
    return next(each for each in swept if each.cpu_seconds == median(one.cpu_seconds for one in swept))
