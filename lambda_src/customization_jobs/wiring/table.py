"""Creates the parts that use the table: the watch, waits, histories, owners."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.errors import UnknownEventException
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings

if TYPE_CHECKING:
    from customization_jobs.aws.bus import EventBus
    from customization_jobs.aws.table import VersionedTable
    from customization_jobs.eta.estimator import Estimator
    from customization_jobs.eta.expected_end import ExpectedEnd
    from customization_jobs.eta.histories import Histories
    from customization_jobs.fleet.job_report import FleetListing, FleetQueries
    from customization_jobs.fleet.jobs import FleetJobs
    from customization_jobs.jobs import Summary
    from customization_jobs.reports.timeline import Timelines
    from customization_jobs.sources import Source
    from customization_jobs.waits.fleet_source import FleetSource
    from customization_jobs.waits.parts import Waits
    from customization_jobs.watch.events import JobTransition
    from customization_jobs.watch.job import Job
    from customization_jobs.watch.recorded_jobs import RecordedJobs
    from customization_jobs.watch.records import JobRecords
    from customization_jobs.watch.tags import TagReader
    from customization_jobs.watch.watch import Watch


class Given(NamedTuple):
    """Parts that the caller of `create_handler` provides."""

    timelines: "Timelines | None"
    watch: "Watch | None"
    waits: "Waits | None"
    fleet_jobs: "tuple[FleetQueries, FleetListing] | None" = None


class TableParts:
    """The parts that use the table. Each is created, and its module imported, on first use.

    Parameters
    ----------
    statuses : sequence of str
        Bedrock's statuses of jobs.
    """

    def __init__(
        self,
        settings: Settings,
        bedrock: Bedrock,
        observability: Observability,
        given: Given,
        statuses: Sequence[str],
    ) -> None:
        self._settings = settings
        self.bedrock = bedrock
        self._observability = observability
        self._given = given
        self._statuses = statuses

    @cached_property
    def timelines(self) -> "Timelines | None":
        """The timelines in the table; None without a table."""
        if self._given.timelines or not self._settings.watch_table:
            return self._given.timelines
        from customization_jobs.watch.timelines import RecordedTimelines  # noqa: PLC0415

        return RecordedTimelines(
            lambda: self.records,
            lambda job: self._expected_end_of_job(job, _now()),
            self._settings.owner_tag,
        )

    @cached_property
    def recorded_jobs(self) -> "RecordedJobs | None":
        """What boards and overviews show from the table; None without a table."""
        if not self._settings.watch_table:
            return None
        from customization_jobs.wiring.tags import create_recorded_jobs  # noqa: PLC0415

        return create_recorded_jobs(self._settings, self._observability, self.open_records)

    @cached_property
    def watch(self) -> "Watch | None":
        """The watch; None if the function is not the watch."""
        if self._given.watch or not self._settings.watch_bus:
            return self._given.watch
        return self.create_watch(
            self.records, get_job=self.bedrock.get_job, tags=self._tags, on_published=self.log_published
        )

    def create_watch(
        self,
        records: "JobRecords",
        *,
        get_job: "Callable[[str], Mapping[str, Any]]",
        tags: "TagReader | None",
        on_published: "Callable[[JobTransition], None]",
    ) -> "Watch":
        """Create the watch of a source. Needs a bus."""
        from customization_jobs.watch.apply import WatchPolicy  # noqa: PLC0415
        from customization_jobs.watch.parallel import in_threads  # noqa: PLC0415
        from customization_jobs.watch.watch import Watch  # noqa: PLC0415

        return Watch(
            records,
            self.bus,
            get_job=get_job,
            policy=WatchPolicy(
                self._settings.limits,
                self.retention,
                self._expected_end_of_job,
                lists_all_records=self._settings.fleet is not None,
            ),
            tags=tags,
            on_published=on_published,
            in_parallel=in_threads(self._observability.thread_initializer),
        )

    @cached_property
    def bus(self) -> "EventBus":
        """The bus, which the settings must name. The watches of all sources share it."""
        from customization_jobs.aws.bus import EventBus  # noqa: PLC0415
        from customization_jobs.aws.clients import create_client  # noqa: PLC0415

        assert self._settings.watch_bus  # noqa: S101 - the callers have checked it
        # Most sweeps have nothing to publish.
        return EventBus(lambda: create_client(self._settings, "events"), self._settings.watch_bus)

    @cached_property
    def waits(self) -> "Waits | None":
        """The waiters; None without a table."""
        if self._given.waits or not self._settings.watch_table:
            return self._given.waits
        from customization_jobs.waits.parts import Waits  # noqa: PLC0415

        return Waits(
            self._settings,
            self.documents,
            self.records,
            self.bedrock,
            self._observability,
            self._statuses,
            fleet=self._open_waited_fleet if self._settings.fleet else None,
        )

    def _open_waited_fleet(self) -> "FleetSource":
        from customization_jobs.waits.fleet_source import FleetSource  # noqa: PLC0415
        from customization_jobs.wiring.fleet_jobs import create_current_coverage  # noqa: PLC0415

        assert self._settings.fleet  # noqa: S101 - the caller has checked it
        coverage = create_current_coverage(self._settings, self._settings.fleet, lambda: self.documents)
        return FleetSource(self.fleet_jobs, coverage)

    @cached_property
    def records(self) -> "JobRecords":
        """The records of jobs. Needs a table."""
        return self._records_in(self.documents)

    def records_of(self, source: "Source") -> "JobRecords":
        """Return the records of jobs, as the watch of another source uses them. Needs a table."""
        return self._records_in(self.documents, str(source))

    def open_records(self, settings: Settings) -> "JobRecords":
        """Return the records of jobs, read with a client of its own. Needs a table."""
        return self._records_in(self._open_table(settings))

    def _records_in(self, table: "VersionedTable", source: str = "") -> "JobRecords":
        from customization_jobs.watch.records import JobRecords  # noqa: PLC0415

        region = source.partition("/")[2] or self._settings.region
        return JobRecords(table, retention=self.retention, source=source, region=region)

    @cached_property
    def documents(self) -> "VersionedTable":
        """The watch's table, which the settings must name."""
        return self._open_table(self._settings)

    def _open_table(self, settings: Settings) -> "VersionedTable":
        from customization_jobs.aws.clients import create_client  # noqa: PLC0415
        from customization_jobs.aws.table import VersionedTable  # noqa: PLC0415

        assert settings.watch_table  # noqa: S101 - the callers have checked it
        return VersionedTable(create_client(settings, "dynamodb"), settings.watch_table)

    @cached_property
    def fleet_jobs(self) -> "FleetJobs":
        """The jobs of the fleet. Needs a table."""
        from customization_jobs.wiring.fleet_jobs import create_fleet_jobs  # noqa: PLC0415

        return create_fleet_jobs(self.documents, self.records, self._observability)

    @cached_property
    def histories(self) -> "Histories":
        """How long past jobs took. Needs a table."""
        from customization_jobs.eta.histories import Histories  # noqa: PLC0415

        return Histories(self.documents)

    @cached_property
    def _estimator(self) -> "Estimator":
        from customization_jobs.eta.estimator import Estimator  # noqa: PLC0415

        return Estimator(lambda: self.histories, self._observability.logger)

    def expected_end_of_summary(self, job: "Summary", now: datetime) -> "ExpectedEnd | None":
        """Return when a listed job is expected to end; None without a table."""
        return self._estimator.of_summary(job, now) if self._settings.watch_table else None

    def _expected_end_of_job(self, job: "Job", now: datetime) -> "ExpectedEnd | None":
        from customization_jobs.watch.running import running_job  # noqa: PLC0415

        running = running_job(job) if self._settings.watch_table else None
        return self._estimator.of_running(running, now) if running else None

    @cached_property
    def _tags(self) -> "TagReader | None":
        if not self._settings.owner_tag:
            return None
        from customization_jobs.aws.clients import create_client  # noqa: PLC0415
        from customization_jobs.wiring.tags import create_tag_reader, impatient  # noqa: PLC0415

        bedrock = Bedrock(create_client(impatient(self._settings), "bedrock"))
        return create_tag_reader(
            bedrock.list_tags, self._settings.owner_tag, self._observability, region=self._settings.region
        )

    def watch_for(self, events: str) -> "Watch":
        """Return the watch, which is the only one to accept these events.

        Raises
        ------
        UnknownEventException
            The function is not the watch.
        """
        # The sweep of another function would emit metrics like the watch's, and hide that the watch is down.
        if self.watch is None:
            raise UnknownEventException(
                f"This function is not the watch: WATCH_BUS is not set. Send {events} to the watch function."
            )
        return self.watch

    @property
    def retention(self) -> timedelta:
        """How long the record of a job is kept after its end."""
        return timedelta(days=self._settings.watch_retention_days)

    def log_published(self, job_transition: "JobTransition") -> None:
        """Log a published transition."""
        job, transition = job_transition.job, job_transition.transition
        self._observability.logger.info(
            "Transition published",
            transition_id=transition.id,
            kind=str(transition.kind),
            found_by=str(transition.found_by),
            scope=transition.scope,
            job_arn=job.arn,
        )


def _now() -> datetime:
    return datetime.now(UTC)
