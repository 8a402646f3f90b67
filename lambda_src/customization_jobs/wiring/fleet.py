"""Creates the parts of the fleet. Each is created, and its module imported, on first use."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.aws.clients import Credentials, create_client
from customization_jobs.fleet.bedrocks import SourceBedrocks
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.discovery import Discovery
from customization_jobs.jobs import TERMINAL
from customization_jobs.observability import Metric, Observability
from customization_jobs.settings import Settings
from customization_jobs.sources import FleetChoice, Source
from customization_jobs.wiring.table import TableParts
from customization_jobs.wiring.tags import create_tag_reader, impatient

if TYPE_CHECKING:
    from customization_jobs.aws.member_roles import MemberRoles
    from customization_jobs.aws.organization import Organization
    from customization_jobs.entrypoints.base import EntryPoint
    from customization_jobs.errors import CustomizationJobsError
    from customization_jobs.fleet.coverage_observer import Totals
    from customization_jobs.fleet.job_report import FleetListing, FleetQueries
    from customization_jobs.fleet.query import FleetQueryContract
    from customization_jobs.fleet.source_sweep import SourceParts
    from customization_jobs.listing.query import QueryContract
    from customization_jobs.reports.sweep import SweepObserver
    from customization_jobs.timeouts import Deadline
    from customization_jobs.watch.events import JobTransition
    from customization_jobs.watch.job import Job
    from customization_jobs.watch.watch import Watch
    from customization_jobs.wiring.fleet_reports import FleetReportParts
    from customization_jobs.wiring.sweeps import SweepParts

# AWS Organizations throttles early, and nobody waits for the discovery.
_ORGANIZATION_ATTEMPTS = 6


class FleetParts:
    """The parts of the fleet."""

    def __init__(
        self,
        settings: Settings,
        choice: FleetChoice,
        observability: Observability,
        table: TableParts,
        contract: "QueryContract",
        given_jobs: "tuple[FleetQueries, FleetListing] | None",
    ) -> None:
        self._settings = settings
        self._choice = choice
        self._observability = observability
        self._table = table
        self._contract = contract
        self._given_jobs = given_jobs

    @cached_property
    def sweep(self) -> "EntryPoint":
        """Answers the state machine that sweeps the fleet."""
        from customization_jobs.entrypoints.fleet_sweep import FleetSweepEntryPoint  # noqa: PLC0415
        from customization_jobs.fleet.lease import SweepLease  # noqa: PLC0415
        from customization_jobs.fleet.source_sweep import SourceSweep  # noqa: PLC0415
        from customization_jobs.fleet.sweep_report import FleetSweepReport  # noqa: PLC0415
        from customization_jobs.wiring.sweeps import SweepParts  # noqa: PLC0415

        self._table.watch_for("the sweeps of the fleet")
        sweeps = SweepParts(self._settings, self._observability, self._table, self._contract)
        lease = SweepLease(self._table.documents)
        return FleetSweepEntryPoint(
            self.discovery,
            lease,
            SourceSweep(
                self.store,
                self._observability,
                role_name=self._choice.role_name,
                parts_of=lambda source: self._source_parts(source, sweeps),
                now=_now,
            ),
            FleetSweepReport(self.store, lease, self._table.bus, self._observability, now=_now),
            self._contract,
            on_skipped=lambda: self._observability.emit(
                {}, Metric("FleetSweepsSkipped", MetricUnit.Count, 1)
            ),
            call_seconds=self._settings.call_seconds,
        )

    @cached_property
    def reports(self) -> "FleetReportParts":
        """Answer requests for the fleet."""
        from customization_jobs.wiring.fleet_reports import FleetReportParts  # noqa: PLC0415

        return FleetReportParts(self._settings, self._choice, self._contract, self._table, self._given_jobs)

    @cached_property
    def query_contract(self) -> "FleetQueryContract":
        """Parses queries of the fleet."""
        from customization_jobs.fleet.query import FleetQueryContract  # noqa: PLC0415

        return FleetQueryContract(self._contract)

    @cached_property
    def store(self) -> CoverageStore:
        """The coverage of the sources."""
        return CoverageStore(self._table.documents)

    @cached_property
    def discovery(self) -> Discovery:
        """Finds the sources."""
        return Discovery(
            self._choice,
            self._table.documents,
            self.store,
            organization=self._organization,
            on_stale=self._log_stale,
            now=_now,
        )

    def member_watch(self, source: Source) -> "Watch":
        """Return the watch of a source other than the hub's own, for an event of that source.

        Raises
        ------
        ValidationException
            The source does not belong to the fleet.
        """
        self.discovery.check(source)
        return self._watch_of(source, self._table.log_published)

    def _source_parts(self, source: Source, sweeps: "SweepParts") -> "SourceParts":
        from customization_jobs.fleet.source_sweep import SourceParts  # noqa: PLC0415

        if source == self._choice.own:
            return SourceParts(
                lambda: self._table.bedrock,
                partial(sweeps.report, region=source.region),
                sweeps.own_observer,
                self._new_totals,
                wake=lambda _: None,  # the observer settles every waiter
                is_member=False,
            )
        published: dict[str, Job] = {}

        def on_published(job_transition: "JobTransition") -> None:
            self._table.log_published(job_transition)
            published[job_transition.job.key] = job_transition.job

        def watch_observer(deadline: "Deadline") -> "SweepObserver":
            watch = self._watch_of(source, on_published)
            return sweeps.member_observer(watch, deadline, region=source.region)

        def wake(deadline: "Deadline") -> None:
            # Jobs that only appear join the open waits as the observer passes them.
            ended = [job for job in published.values() if job.status in TERMINAL]
            if self._table.waits:
                self._table.waits.event_waits.wake_all(ended, deadline.has_passed)

        return SourceParts(
            lambda: self._bedrocks.of(source),
            partial(sweeps.report, region=source.region, emits_metrics=False),
            watch_observer,
            self._new_totals,
            wake,
            is_member=source.account != self._choice.own.account,
        )

    def _new_totals(self) -> "Totals":
        from customization_jobs.fleet.totals import SourceTotals, TotalsContext  # noqa: PLC0415

        limit_of = self._settings.limits.of_summary
        statuses, types = self._contract.statuses, self._contract.customization_types
        return SourceTotals(TotalsContext(limit_of, statuses, types), _now(), self._table.retention)

    def _watch_of(self, source: Source, on_published: "Callable[[JobTransition], None]") -> "Watch":
        tag = self._settings.owner_tag
        return self._table.create_watch(
            self._table.records_of(source),
            get_job=lambda arn: self._bedrocks.of(source).get_job(arn),
            tags=create_tag_reader(
                lambda arn: self._impatient_bedrocks.of(source).list_tags(arn),
                tag,
                self._observability,
                region=source.region,
            )
            if tag
            else None,
            on_published=on_published,
        )

    @cached_property
    def _bedrocks(self) -> SourceBedrocks:
        return self._open_bedrocks(self._settings)

    @cached_property
    def _impatient_bedrocks(self) -> SourceBedrocks:
        return self._open_bedrocks(impatient(self._settings))

    def _open_bedrocks(self, settings: Settings) -> SourceBedrocks:
        def create(region: str, credentials: Credentials | None) -> Bedrock:
            return Bedrock(create_client(settings, "bedrock", region=region, credentials=credentials))

        return SourceBedrocks(self._choice.own.account, roles=lambda: self._roles, create=create)

    @cached_property
    def _roles(self) -> "MemberRoles":
        from customization_jobs.aws.member_roles import MemberRoles  # noqa: PLC0415

        service, hub = self._settings.service_name, self._choice.own.account
        region = self._settings.function_region or self._settings.region
        return MemberRoles(
            create_client(self._settings, "sts"),
            role_name=self._choice.role_name,
            session_name=f"{service}-{hub}",
            tags={"Service": service, "Hub": f"{hub}/{region}"},
        )

    def _organization(self) -> "Organization":
        from customization_jobs.aws.organization import Organization  # noqa: PLC0415

        patient = self._settings._replace(max_attempts=_ORGANIZATION_ATTEMPTS)
        return Organization(create_client(patient, "organizations"))

    def _log_stale(self, error: "CustomizationJobsError") -> None:
        self._observability.logger.warning(
            "The accounts of the organization could not be read; those of the last time are used",
            error=type(error).__name__,
            reason=str(error),
            details=error.log_details,
        )


def _now() -> datetime:
    return datetime.now(UTC)
