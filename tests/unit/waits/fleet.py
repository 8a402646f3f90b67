"""A harness with a fleet of two sources."""

from typing import Any

from customization_jobs.fleet.coverage import SourceFailure
from customization_jobs.sources import Source
from tests.unit.waits.harness import WaitsHarness

OWN = Source("111122223333", "us-east-1")
MEMBER = "444455556666"
MEMBER_SOURCE = Source(MEMBER, "us-east-1")


def fleet_harness() -> WaitsHarness:
    """Return a harness with a fleet, whose watch has started, and whose sources are listed."""
    harness = WaitsHarness(own=OWN)
    harness.sweep()
    choose(harness, OWN, MEMBER_SOURCE)
    cover(harness, OWN)
    cover(harness, MEMBER_SOURCE)
    return harness


def choose(harness: WaitsHarness, *sources: Source) -> None:
    harness.sources.choose(sources, harness.watch.now)


def cover(harness: WaitsHarness, source: Source, failure: SourceFailure | None = None) -> None:
    """Record that the last sweep listed a source, or why it did not."""
    now = harness.watch.now
    harness.sources.update(
        source,
        now,
        lambda known: known.with_failure(now, failure) if failure else known.with_listed(now, 0, {}),
    )


def create_member_job(harness: WaitsHarness, number: int, **fields: Any) -> str:
    """Create a job of another account, which the harness lists beside its own."""
    arn = f"arn:aws:bedrock:us-east-1:{MEMBER}:model-customization-job/amazon.nova-lite-v1:0/{number:012x}"
    return harness.watch.create(number, jobArn=arn, **fields)
