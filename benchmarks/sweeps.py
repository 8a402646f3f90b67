"""Measures the sweep that the schedule runs: the watch function with its table and its bus."""

import time
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.bedrock_server import serving
from benchmarks.contenders import THIS_PROJECT, Testbed, WrongAnswerError
from benchmarks.fleet.clock import MEMORY_MB, VCPU
from benchmarks.listings import DELAY_MS
from benchmarks.prices import (
    GB_SECOND,
    MILLION_EVENTS,
    MILLION_READ_UNITS,
    MILLION_REQUESTS,
    MILLION_WRITE_UNITS,
)
from benchmarks.process_usage import cpu_seconds, peak_megabytes
from benchmarks.watch_server import Usage, WatchServer, serving_watch

RUNNING = 20
CHANGED = 0.01
TABLE_DELAY_MS = 5
_SIZES = (1_000, 10_000, 100_000)
_QUICK_SIZES = _SIZES[:2]
_MINUTES = 15
# What the stack sets for the watch function (infra/constructs/watch_function), with the default settings.
_VARIABLES = {
    "BEDROCK_REGION": "us-east-1",
    "IN_PROGRESS_LIMIT_SECONDS": "86400",
    "WATCH_TABLE": "benchmark",
    "WATCH_BUS": "benchmark",
    "WATCH_RETENTION_DAYS": "400",
    "WAIT_EXPIRY_DAYS": "30",
}
_TICK = {"schedule": {}, "sweep": "all-jobs", "query": {}}
# Imports everything and creates the clients, but lists nothing.
_WARM_UP = {"schedule": {}, "sweep": "warm-up", "query": {"creationTimeAfter": "2100-01-01T00:00:00Z"}}


@dataclass(frozen=True, slots=True)
class Swept:
    """One sweep by a warm function.

    Attributes
    ----------
    usage : Usage
        Of the table and the bus.
    """

    usage: Usage
    cpu_seconds: float
    seconds: float
    megabytes: float


class Sweeps(NamedTuple):
    """The sweeps of one number of jobs.

    Attributes
    ----------
    quiet : Swept
        Nothing has changed since the last sweep.
    changed : Swept
        One in a hundred jobs has changed.
    all_jobs : Swept
        Nothing has changed; the sweep that observes all jobs, once a day.
    """

    quiet: Swept
    changed: Swept
    all_jobs: Swept


def measure(testbed: Testbed, *, quick: bool) -> dict[int, Sweeps]:
    """Measure sweeps by the number of jobs."""
    return {jobs: _sweeps(testbed, jobs) for jobs in (_QUICK_SIZES if quick else _SIZES)}


def _sweeps(testbed: Testbed, jobs: int) -> Sweeps:
    changed = int(jobs * CHANGED)
    with (
        serving_watch(delay_ms=TABLE_DELAY_MS) as watch,
        serving(jobs, delay_ms=DELAY_MS, running=RUNNING) as before,
        serving(jobs, delay_ms=DELAY_MS, running=RUNNING, changed=changed) as after,
    ):
        # The second one finds the jobs that are late by the durations which the first one has recorded.
        for _ in range(2):
            _swept(testbed, before, watch, jobs)
        quiet = _swept(testbed, before, watch, jobs)
        watch.delete("#part")
        all_jobs = _swept(testbed, before, watch, jobs)
        new = max(changed - RUNNING, 0)
        return Sweeps(quiet, _swept(testbed, after, watch, jobs + new), all_jobs)


def _swept(testbed: Testbed, bedrock: str, watch: WatchServer, jobs: int) -> Swept:
    variables = {
        **_VARIABLES,
        "AWS_ENDPOINT_URL_DYNAMODB": watch.url,
        "AWS_ENDPOINT_URL_EVENTBRIDGE": watch.url,
    }
    with testbed.process(THIS_PROJECT, bedrock, variables=variables) as process:
        process.invoke(_WARM_UP)
        before, cpu_before = watch.usage(), cpu_seconds(process.pid)
        sent_at = time.monotonic()
        response = process.invoke(_TICK)
        cpu = cpu_seconds(process.pid) - cpu_before
        answer = response.payload
        if answer["jobs"] != jobs or not answer["complete"]:
            raise WrongAnswerError(f"The sweep of {jobs} jobs returned {answer}")
        return Swept(
            *(watch.usage().since(before), cpu, response.received_at - sent_at), peak_megabytes(process.pid)
        )
