"""The stack: creates each construct and connects them."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as cloudwatch_logs
from constructs import Construct

from infra.constructs.alarms import Alarms
from infra.constructs.alarms_wait import add_wait_results
from infra.constructs.api import Api
from infra.constructs.dashboard import Dashboard
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.deployments import Deployments
from infra.constructs.export import Export
from infra.constructs.fleet_sweep import FleetSweep
from infra.constructs.listing_function import ListingFunction
from infra.constructs.logs import Logs
from infra.constructs.member_events import MemberEvents
from infra.constructs.monitored import Monitored
from infra.constructs.notifications import Notifications
from infra.constructs.rules import BusRule
from infra.constructs.saved_queries import (
    API_ACCESS,
    EXPORT,
    FLEET_SWEEP,
    LISTING,
    LISTING_HOOK,
    NOTIFICATIONS,
    SINGLE_SIGN_ON_ACCESS,
    WAIT_FOR_JOBS,
    WATCH,
    WATCH_HOOK,
    SavedQueries,
)
from infra.constructs.schedule import Schedule
from infra.constructs.single_sign_on import SingleSignOnApi
from infra.constructs.state_changes import StateChanges
from infra.constructs.table import JobTable, table_in_use
from infra.constructs.wait_for_jobs import WaitForJobs
from infra.constructs.watch_function import WatchFunction
from infra.settings.model import Settings

_LOG_OF = {
    LISTING: "the listing function",
    WATCH: "the watch function",
    NOTIFICATIONS: "the notification function",
    API_ACCESS: "the access of the API",
    WAIT_FOR_JOBS: "the wait-for-jobs state machine",
    LISTING_HOOK: "the hook that checks new versions of the listing function",
    WATCH_HOOK: "the hook that checks new versions of the watch function",
    FLEET_SWEEP: "the sweep of the fleet",
    EXPORT: "the export function",
    SINGLE_SIGN_ON_ACCESS: "the access of the API with single sign-on",
}


class CustomizationJobsStack(Stack):
    """Lists and watches model customization jobs, for HTTP clients, workflows, people and other systems."""

    def __init__(
        self, scope: Construct, construct_id: str, *, code: lambda_.Code, settings: Settings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Lists and watches Amazon Bedrock model customization jobs",
        )
        logs = Logs(self, "Logs", settings=settings)
        table = table_in_use(
            self, JobTable(self, "Jobs", settings=settings, listed=settings.has_fleet), settings
        )
        # A separate bus, so that its policy and rules do not affect other users of the default bus.
        bus = events.EventBus(self, "Bus", description="Transitions of model customization jobs")
        listing = ListingFunction(self, "Listing", table=table, code=code, logs=logs, settings=settings)
        watch = WatchFunction(self, "Watch", table=table, bus=bus, code=code, logs=logs, settings=settings)
        api = Api(self, "Api", function=listing.alias, logs=logs, settings=settings)
        single_sign_on = self._create_single_sign_on(listing, logs, settings)
        wait = WaitForJobs(
            self, "WaitForJobs", watch=watch.alias, listing=listing.alias, logs=logs, settings=settings
        )
        fleet_sweep = (
            FleetSweep(self, "FleetSweep", watch=watch, logs=logs, settings=settings)
            if settings.has_fleet
            else None
        )
        Schedule(self, "Sweep", function=watch, fleet_sweep=fleet_sweep, settings=settings)
        state_changes = StateChanges(self, "StateChanges", function=watch)
        member_events = (
            MemberEvents(
                self,
                "MemberEvents",
                function=watch,
                dead_letters=state_changes.dead_letters,
                organization_id=str(settings.fleet_organization_id),
            )
            if settings.has_other_accounts
            else None
        )
        notifications = Notifications(self, "Notifications", bus=bus, code=code, logs=logs, settings=settings)
        export = (
            Export(self, "Export", table=table, bus=bus, code=code, logs=logs, settings=settings)
            if settings.export
            else None
        )

        parts = Monitored(
            listing=listing,
            watch=watch,
            api=api,
            wait=wait,
            wait_results=add_wait_results(wait),
            table=table,
            rules=_rules(state_changes, member_events, notifications, export),
            notifications=notifications,
            dead_letters={
                "DeadLetters": watch.dead_letters,
                "EventDeadLetters": state_changes.dead_letters,
                "NotificationDeadLetters": notifications.dead_letters,
                **({"ExportDeadLetters": export.dead_letters} if export else {}),
            },
            fleet_sweep=fleet_sweep,
            export=export,
            single_sign_on=single_sign_on,
        )
        alarms = Alarms(self, "Alarms", parts=parts, settings=settings)
        deployments = Deployments(self, "Deployments", logs=logs, settings=settings)
        deployments.add_deployment_group("Listing", listing, alarms.listing_rollback_alarms)
        deployments.add_deployment_group("Watch", watch, alarms.watch_rollback_alarms)
        dashboard = Dashboard(self, "Dashboard", parts=parts, settings=settings)
        log_groups = _log_groups(parts, deployments)
        SavedQueries(self, "SavedQueries", log_groups=log_groups)

        self._add_output("ApiUrl", "URL of the API; requests must be signed", api.rest_api.url)
        self._add_output("FunctionArn", "Listing function, to invoke directly", listing.alias.function_arn)
        self._add_output(
            "WatchFunctionArn", "Watch function, to replay dead letters to", watch.alias.function_arn
        )
        self._add_output(
            "WaitForJobsArn", "State machine that waits for jobs to end", wait.state_machine.state_machine_arn
        )
        self._add_output("TableName", "Table of the watch that is in use", table.table_name)
        self._add_output("BusName", "Bus of the transitions, see docs/events.md", bus.event_bus_name)
        self._add_output(
            "NotificationTopicArn", "Topic of notifications about jobs", notifications.topic.topic_arn
        )
        if notifications.chat_topic:
            self._add_output(
                "ChatTopicArn",
                "Topic of chat messages, for Amazon Q Developer in chat applications",
                notifications.chat_topic.topic_arn,
            )
        self._add_output(
            "NotificationFunctionArn",
            "Notification function, to replay its dead letters to",
            notifications.publisher.function.function_arn,
        )
        self._add_output("AlarmTopicArn", "Topic of alarms", alarms.topic.topic_arn)
        self._add_output("DashboardName", "CloudWatch dashboard", dashboard.dashboard.dashboard_name)
        self._add_output(
            "NotificationQueueUrl",
            "Queue of events that the notification function will publish next",
            notifications.publisher.queue.queue_url,
        )
        self._add_queue_output("DeadLetterQueueUrl", watch.dead_letters)
        self._add_queue_output("EventDeadLetterQueueUrl", state_changes.dead_letters)
        self._add_queue_output("NotificationDeadLetterQueueUrl", notifications.dead_letters)
        if fleet_sweep:
            self._add_fleet_outputs(fleet_sweep, watch, member_events)
        if export:
            self._add_export_outputs(export)
        for name, group in log_groups.items():
            self._add_output(name, f"Log group of {_LOG_OF[name]}", group.log_group_name)

    def _create_single_sign_on(
        self, listing: ListingFunction, logs: Logs, settings: Settings
    ) -> SingleSignOnApi | None:
        if settings.jwt is None:
            return None
        api = SingleSignOnApi(self, "SingleSignOn", function=listing.alias, logs=logs, settings=settings)
        self._add_output("SingleSignOnUrl", "URL of the API with single sign-on", api.stage.url)
        return api

    def _add_fleet_outputs(
        self, sweep: FleetSweep, watch: WatchFunction, member_events: MemberEvents | None
    ) -> None:
        self._add_output(
            "FleetSweepArn", "State machine that sweeps the fleet", sweep.state_machine.state_machine_arn
        )
        if member_events:
            self._add_output(
                "FleetHubRoleArn",
                "Role that the members trust, HubRoleArn of their template",
                watch.role.role_arn,
            )
            self._add_output(
                "MemberEventBusArn",
                "Bus of the members' events, HubEventBusArn of their template",
                member_events.bus.event_bus_arn,
            )

    def _add_export_outputs(self, export: Export) -> None:
        self._add_output("ExportBucketName", "Bucket of the exported files", export.bucket.bucket_name)
        self._add_output(
            "ExportDatabaseName", "Database of the export in Athena", export.catalog.database_name
        )
        self._add_output(
            "ExportWorkgroupName",
            "Athena workgroup with the saved queries of the export",
            export.queries.workgroup.ref,
        )
        self._add_output(
            "ExportFunctionArn",
            "Export function, to replay its dead letters to",
            export.writer.function.function_arn,
        )
        self._add_output(
            "ExportQueueUrl",
            "Queue of transitions that the export function will write next",
            export.writer.queue.queue_url,
        )
        self._add_queue_output("ExportDeadLetterQueueUrl", export.dead_letters)

    def _add_queue_output(self, name: str, queue: DeadLetters) -> None:
        self._add_output(name, f"Queue of {queue.holds}", queue.queue_url)

    def _add_output(self, name: str, description: str, value: str) -> None:
        CfnOutput(self, name, description=description, value=value)


def _rules(*parts: StateChanges | MemberEvents | Notifications | Export | None) -> list[BusRule]:
    """Return the rules of the parts that the stack has."""
    return [rule for part in parts if part for rule in part.rules]


def _log_groups(parts: Monitored, deployments: Deployments) -> dict[str, cloudwatch_logs.ILogGroup]:
    """Return the log groups by the names of their outputs."""
    hooks = {"Listing": LISTING_HOOK, "Watch": WATCH_HOOK}
    return {
        LISTING: parts.listing.function.log_group,
        WATCH: parts.watch.function.log_group,
        NOTIFICATIONS: parts.notifications.publisher.function.log_group,
        API_ACCESS: parts.api.access_log,
        WAIT_FOR_JOBS: parts.wait.log_group,
        **({FLEET_SWEEP: parts.fleet_sweep.log_group} if parts.fleet_sweep else {}),
        **({SINGLE_SIGN_ON_ACCESS: parts.single_sign_on.access_log} if parts.single_sign_on else {}),
        **({EXPORT: parts.export.writer.function.log_group} if parts.export else {}),
        **{hooks[name]: hook.function.log_group for name, hook in deployments.hooks.items()},
    }
