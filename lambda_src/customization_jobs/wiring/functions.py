"""Creates the parts of the function that its settings call for, and connects them."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.callers import Caller
from customization_jobs.dispatch import Dispatcher, Handler
from customization_jobs.error_metrics import ErrorMetrics
from customization_jobs.errors import UnknownEventException
from customization_jobs.listing.query import QueryContract, Searching
from customization_jobs.observability import Observability
from customization_jobs.settings import Settings
from customization_jobs.wiring.table import Given, TableParts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from customization_jobs.entrypoints.base import EntryPoint
    from customization_jobs.entrypoints.board_page import BoardPage
    from customization_jobs.entrypoints.mcp_http import McpHttp
    from customization_jobs.entrypoints.views import Views
    from customization_jobs.fleet.job_report import FleetListing, FleetQueries
    from customization_jobs.listing.filters import JobFacts
    from customization_jobs.reports.timeline import Timelines
    from customization_jobs.sources import Source
    from customization_jobs.waits.parts import Waits
    from customization_jobs.watch.job import Job
    from customization_jobs.watch.watch import Watch
    from customization_jobs.wiring.fleet import FleetParts
    from customization_jobs.wiring.reports import ReportParts


def create_handler(
    settings: Settings,
    bedrock: Bedrock,
    observability: Observability,
    *,
    timelines: "Timelines | None" = None,
    watch: "Watch | None" = None,
    waits: "Waits | None" = None,
    fleet_jobs: "tuple[FleetQueries, FleetListing] | None" = None,
) -> Handler:
    """Create the Lambda handler.

    Parameters
    ----------
    timelines : Timelines or None
        By default, those in the table of the settings.
    watch : Watch or None
        By default, a watch on the table and the bus of the settings.
    waits : Waits or None
        By default, the waiters in the table of the settings.
    fleet_jobs : FleetQueries and FleetListing, or None
        By default, those on the table of the settings.
    """
    parts = _Parts(settings, bedrock, observability, Given(timelines, watch, waits, fleet_jobs))
    entry_points: Mapping[Caller, Callable[[], EntryPoint]] = {
        Caller.REST_API: lambda: parts.http,
        Caller.HTTP_API: lambda: parts.http,
        Caller.SCHEDULE: lambda: parts.schedule,
        Caller.WORKFLOW: lambda: parts.workflow,
        Caller.WAIT: lambda: parts.wait,
        Caller.WIDGET: lambda: parts.widget,
        Caller.STATE_CHANGE: lambda: parts.state_change,
        Caller.NOTIFICATIONS: lambda: parts.notifications,
        Caller.EXPORT: lambda: parts.export,
        Caller.SELF_CHECK: lambda: parts.self_check,
        Caller.FLEET_SWEEP: lambda: parts.fleet.sweep,
    }
    # The init phase creates what the function is deployed for. The rest is imported and created on first use.
    if settings.watch_bus:
        _ = (parts.schedule, parts.state_change)
    elif settings.export_bucket:
        _ = parts.export
    else:
        _ = parts.notifications if settings.notification_topic else parts.http
    error_metrics = ErrorMetrics(observability, region=settings.region)
    watch_events = Caller.EXPORT if settings.export_bucket else Caller.NOTIFICATIONS
    return Dispatcher(entry_points, observability, error_metrics, watch_events).handler()


class _Parts:
    """The parts of the function, each imported and created on first use."""

    def __init__(
        self,
        settings: Settings,
        bedrock: Bedrock,
        observability: Observability,
        given: Given,
    ) -> None:
        self._settings = settings
        self._bedrock = bedrock
        self._observability = observability
        self._given = given
        searching = Searching(
            settings.limits, self._facts_of if settings.watch_table else None, bool(settings.owner_tag)
        )
        self._contract = QueryContract(bedrock.operation, searching)
        self._table = TableParts(settings, bedrock, observability, given, self._contract.statuses)

    @cached_property
    def http(self) -> "EntryPoint":
        from customization_jobs.entrypoints.http import HttpEntryPoint  # noqa: PLC0415

        cached = None
        if seconds := self._settings.list_cache_seconds:
            from customization_jobs.listing.page_cache import CachedPages  # noqa: PLC0415 - off by default

            cached = CachedPages(self._bedrock, seconds)
        return HttpEntryPoint(
            self._bedrock,
            self._contract,
            self._observability,
            overview=lambda: self._reports.overview,
            timeline=lambda: self._reports.timeline,
            trends=lambda: self._reports.trends,
            mcp=lambda: self._mcp,
            board=lambda: self.board_page,
            fleet=(lambda: self.fleet.reports.http) if self._settings.fleet else None,
            call_seconds=self._settings.call_seconds,
            cached=cached,
        )

    @cached_property
    def _mcp(self) -> "McpHttp":
        from customization_jobs.wiring.mcp import create_mcp  # noqa: PLC0415

        fleet = (lambda: self.fleet.reports.reports) if self._settings.fleet else None
        return create_mcp(self._bedrock, self._contract, self._observability, lambda: self._reports, fleet)

    @cached_property
    def schedule(self) -> "EntryPoint":
        self._table.watch_for("the schedule's ticks")
        from customization_jobs.entrypoints.schedule import ScheduleEntryPoint  # noqa: PLC0415
        from customization_jobs.wiring.sweeps import SweepParts  # noqa: PLC0415

        sweeps = SweepParts(self._settings, self._observability, self._table, self._contract)
        sweep = sweeps.report(self._bedrock, sweeps.own_observer, region=self._settings.region)
        return ScheduleEntryPoint(sweep, self._contract, call_seconds=self._settings.call_seconds)

    @cached_property
    def workflow(self) -> "EntryPoint":
        from customization_jobs.entrypoints.workflow import WorkflowEntryPoint  # noqa: PLC0415

        return WorkflowEntryPoint(
            self._bedrock,
            self._contract,
            self._observability,
            call_seconds=self._settings.call_seconds,
            overview=lambda: self._reports.overview,
            trends=lambda: self._reports.trends,
            fleet=(lambda: self.fleet.reports.workflow) if self._settings.fleet else None,
        )

    @cached_property
    def widget(self) -> "EntryPoint":
        from customization_jobs.entrypoints.widget import WidgetEntryPoint  # noqa: PLC0415

        return WidgetEntryPoint(self._views, call_seconds=self._settings.call_seconds)

    @cached_property
    def board_page(self) -> "BoardPage":
        from customization_jobs.entrypoints.board_page import BoardPage  # noqa: PLC0415

        return BoardPage(self._views, self._contract.statuses)

    @cached_property
    def _views(self) -> "Views":
        return self._reports.create_views((lambda: self.fleet.reports.view) if self._settings.fleet else None)

    @cached_property
    def state_change(self) -> "EntryPoint":
        watch = self._table.watch_for("Bedrock's events")
        from customization_jobs.entrypoints.state_change import StateChangeEntryPoint  # noqa: PLC0415

        def wake(job: "Job", out_of_time: "Callable[[], bool]") -> None:
            if self._table.waits:
                self._table.waits.event_waits.wake(job, out_of_time)

        def member_watch(source: "Source") -> "Watch":
            return self.fleet.member_watch(source)

        fleet = self._settings.fleet
        return StateChangeEntryPoint(
            watch,
            self._observability,
            region=self._settings.region,
            wake=wake,
            member_watch=member_watch if fleet else None,
            own_account=fleet.own.account if fleet else None,
        )

    @cached_property
    def wait(self) -> "EntryPoint":
        self._table.watch_for("waits")
        from customization_jobs.entrypoints.wait import WaitEntryPoint  # noqa: PLC0415

        assert self._table.waits  # noqa: S101 - a watch has a table
        return WaitEntryPoint(
            self._table.waits.registration,
            self._contract,
            self._observability,
            call_seconds=self._settings.call_seconds,
            fleet_contract=(lambda: self.fleet.query_contract) if self._settings.fleet else None,
        )

    @cached_property
    def notifications(self) -> "EntryPoint":
        from customization_jobs.wiring.notifications import create_notifications  # noqa: PLC0415

        return create_notifications(self._settings, self._observability)

    @cached_property
    def export(self) -> "EntryPoint":
        from customization_jobs.wiring.export import create_export  # noqa: PLC0415

        return create_export(self._settings, self._observability, lambda: self._table.documents)

    @cached_property
    def fleet(self) -> "FleetParts":
        settings = self._settings
        if settings.fleet is None:
            raise UnknownEventException(
                "This function has no fleet: FLEET is not set. Choose the sources by the setting "
                "fleetRegions."
            )
        from customization_jobs.wiring.fleet import FleetParts  # noqa: PLC0415

        return FleetParts(
            settings, settings.fleet, self._observability, self._table, self._contract, self._given.fleet_jobs
        )

    @cached_property
    def self_check(self) -> "EntryPoint":
        from customization_jobs.wiring.self_check import create_self_check  # noqa: PLC0415

        return create_self_check(self._settings, self._bedrock, self._table, self._contract)

    def _facts_of(self, job_arns: "Iterable[str]") -> "Mapping[str, JobFacts]":
        from customization_jobs.watch.recorded_facts import RecordedFacts  # noqa: PLC0415 - of few searches

        return RecordedFacts(lambda: self._table.records).facts_of(job_arns)

    @cached_property
    def _reports(self) -> "ReportParts":
        from customization_jobs.wiring.reports import ReportParts  # noqa: PLC0415

        return ReportParts(self._settings, self._bedrock, self._observability, self._table, self._contract)
