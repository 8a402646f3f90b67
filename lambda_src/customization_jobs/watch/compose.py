"""The parts of the watch, put together as the settings say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from customization_jobs.bedrock import make_client
from customization_jobs.watch.limits import Limits

if TYPE_CHECKING:
    from customization_jobs.bedrock import Bedrock
    from customization_jobs.callers.events import StateChangeCaller
    from customization_jobs.observability import Observability
    from customization_jobs.settings import Settings
    from customization_jobs.watch.announce import Announcement
    from customization_jobs.watch.round import SweepRound
    from customization_jobs.watch.store import JobStore


@dataclass(frozen=True, slots=True)
class Watching:
    """What the handler needs of the watch.

    Attributes
    ----------
    state_change : StateChangeCaller
        Answers Bedrock's events.
    begin_sweep : callable
        Makes the watch's part of one sweep, given what says that the time is up.
    """

    state_change: "StateChangeCaller"
    begin_sweep: "Callable[[Callable[[], bool]], SweepRound]"


def limits(settings: "Settings") -> Limits:
    """Read the limits of jobs in progress."""
    return Limits.from_json(settings.watch_limits, settings.in_progress_limit_seconds)


def watching(settings: "Settings", bedrock: "Bedrock", observability: "Observability") -> Watching:
    """Make the watch and its clients: work of the init phase of the one function that has it."""
    from customization_jobs.callers.events import StateChangeCaller  # noqa: PLC0415 - the listing has none
    from customization_jobs.watch.announce import Announcer  # noqa: PLC0415
    from customization_jobs.watch.progress import Terms  # noqa: PLC0415
    from customization_jobs.watch.round import SweepRound  # noqa: PLC0415
    from customization_jobs.watch.watch import Watch, in_threads  # noqa: PLC0415

    if settings.watch_bus is None:
        raise ValueError("The watch needs a bus.")

    def heard(announcement: "Announcement") -> None:
        transition = announcement.transition
        observability.logger.info(
            "Told",
            transition_id=transition.id,
            kind=str(transition.kind),
            found_by=str(transition.found_by),
            scope=transition.scope,
            job_arn=announcement.job.arn,
        )

    watch = Watch(
        store(settings),
        Announcer(make_client(settings, "events"), settings.watch_bus),
        get_job=bedrock.get_job,
        terms=Terms(limits(settings), timedelta(days=settings.watch_retention_days)),
        heard=heard,
        in_parallel=in_threads(observability.same_segment),
    )
    return Watching(
        StateChangeCaller(watch, observability, region=settings.region),
        lambda out_of_time: SweepRound(watch, out_of_time),
    )


def store(settings: "Settings") -> "JobStore":
    """Make the table's adapter, and its client."""
    from customization_jobs.watch.store import JobStore  # noqa: PLC0415 - read at the first timeline

    if settings.watch_table is None:
        raise ValueError("The watch needs a table.")
    return JobStore(
        make_client(settings, "dynamodb"),
        settings.watch_table,
        retention=timedelta(days=settings.watch_retention_days),
    )
