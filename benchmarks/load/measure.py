"""Measures the service under load: requests at a steady rate above the quota, and a burst of all callers."""

import asyncio
import http.client
import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.bedrock_server import CALLS_PATH, serving
from benchmarks.contenders import Testbed, proxy_event
from benchmarks.load.callers import (
    THROTTLED,
    Attempt,
    Sweep,
    list_request,
    request,
    request_until_answered,
    run_workflow_task,
    sweep,
)
from benchmarks.load.figures import BedrockCalls, Burst, Load, Steady
from benchmarks.load.instances import Function, running
from benchmarks.quota import Quota
from benchmarks.watch_server import serving_watch

JOBS = 3000
LATENCY_MS = 30
# Bedrock does not publish the quota of its list operation.
QUOTA = Quota(10, 20)
REQUESTS_PER_SECOND = 50
# A throttled request occupies its instance during the pause before the client's retry.
INSTANCES = 32
# People and dashboards that poll the first page.
IDENTICAL_SHARE = 0.8
CACHE_SECONDS = 5
BURST_REQUESTS, BURST_WORKFLOWS, BURST_SECONDS = 100, 5, 2.0
# One in this many throttled callers comes back, so that the rate stays about the same.
_RETURNING = 10
_SWEEP_INTERVAL_SECONDS = 5.0
_MOST_ATTEMPTS = 30
_SEED = 7


class _Stack(NamedTuple):
    """The functions of a stack, and the address of its Bedrock."""

    listing: Function
    watch: Function
    bedrock: str

    def bedrock_calls(self) -> BedrockCalls:
        """Return the calls so far."""
        connection = http.client.HTTPConnection(urlsplit(self.bedrock).netloc, timeout=10)
        connection.request("GET", CALLS_PATH)
        counts: dict[str, int] = json.loads(connection.getresponse().read())
        connection.close()
        return BedrockCalls(**counts)


def measure_load(testbed: Testbed, seconds: float) -> Load:
    """Measure everything; each steady load is held for `seconds`."""
    steady = {cache: asyncio.run(_measure_steady(testbed, seconds, cache)) for cache in (0, CACHE_SECONDS)}
    return Load(steady, asyncio.run(_measure_burst(testbed)))


async def _measure_steady(testbed: Testbed, seconds: float, cache_seconds: int) -> Steady:
    figures = Steady()
    variables = {"LIST_CACHE_SECONDS": str(cache_seconds)} if cache_seconds else {}
    with _deployed(testbed, variables) as stack:
        await _warm_up(stack)
        before = stack.bedrock_calls()
        end = time.monotonic() + seconds
        sweeping = asyncio.create_task(_sweep_until(stack.watch, end, figures.sweeps))
        await _hold_rate(stack.listing, end, figures)
        figures.calls = stack.bedrock_calls().since(before)
        await sweeping
    return figures


async def _measure_burst(testbed: Testbed) -> Burst:
    with _deployed(testbed, {}) as stack:
        await _warm_up(stack)
        before = stack.bedrock_calls()
        started = time.monotonic()
        sweeping = asyncio.create_task(sweep(stack.watch))
        workflows = [
            asyncio.create_task(run_workflow_task(stack.listing, {})) for _ in range(BURST_WORKFLOWS)
        ]
        attempts = await asyncio.gather(*(_call_in_burst(stack.listing, n) for n in range(BURST_REQUESTS)))
        seconds = time.monotonic() - started
        retries, swept = await asyncio.gather(*workflows), await sweeping
        needed = stack.bedrock_calls().since(before).accepted
    ideal = max(0.0, (needed - QUOTA.burst) / QUOTA.requests_per_second)
    return Burst(attempts, list(retries), swept, seconds, ideal)


@contextmanager
def _deployed(testbed: Testbed, variables: Mapping[str, str]) -> Iterator[_Stack]:
    with serving(JOBS, delay_ms=LATENCY_MS, quota=QUOTA) as bedrock, serving_watch() as table:
        # The sweep has a function of its own, so that it shares nothing with other callers but the quota.
        watching = {
            "WATCH_BUS": "benchmark",
            "AWS_ENDPOINT_URL_DYNAMODB": table.url,
            "AWS_ENDPOINT_URL_EVENTBRIDGE": table.url,
        }
        with (
            running(testbed, bedrock, INSTANCES, variables) as listing,
            running(testbed, bedrock, 1, watching) as watch,
        ):
            yield _Stack(listing, watch, bedrock)


async def _warm_up(stack: _Stack) -> None:
    # The first sweep records all jobs.
    await sweep(stack.watch)
    await stack.listing.warm_up(proxy_event(100))
    await asyncio.sleep(QUOTA.burst / QUOTA.requests_per_second)


async def _hold_rate(function: Function, end: float, figures: Steady) -> None:
    """Send requests at random times, whether or not earlier ones have been answered."""
    times = random.Random(_SEED)  # noqa: S311 - not a secret
    tasks: list[asyncio.Task[None]] = []
    due = time.monotonic()
    while (due := due + times.expovariate(REQUESTS_PER_SECOND)) < end:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(_call(function, len(tasks), figures)))
    await asyncio.gather(*tasks)


async def _call(function: Function, number: int, figures: Steady) -> None:
    event = list_request(number, IDENTICAL_SHARE)
    attempt = await request(function, event)
    figures.first.append(attempt)
    if attempt.status == THROTTLED and number % _RETURNING == 0:
        await asyncio.sleep(attempt.retry_after or 0)
        figures.returned.append(await request(function, event))


async def _call_in_burst(function: Function, number: int) -> list[Attempt]:
    await asyncio.sleep(number * BURST_SECONDS / BURST_REQUESTS)
    return await request_until_answered(function, list_request(number, 0), _MOST_ATTEMPTS)


async def _sweep_until(watch: Function, end: float, sweeps: list[Sweep]) -> None:
    while time.monotonic() < end:
        sweeps.append(await sweep(watch))
        await asyncio.sleep(_SWEEP_INTERVAL_SECONDS)
