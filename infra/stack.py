"""The stack: each part, and who is handed to whom."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.alarms import Alarms
from infra.api import Api
from infra.dashboard import Dashboard
from infra.listing_function import ListingFunction
from infra.logs import Logs
from infra.news import News
from infra.release import Releases
from infra.schedule import Schedule
from infra.settings import Settings
from infra.state_changes import StateChanges
from infra.table import JobTable
from infra.wait_for_jobs import WaitForJobs
from infra.watch_function import WatchFunction


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
        table = JobTable(self, "Jobs", settings=settings)
        # A bus of our own: who may put events on it, or has rules there, is not the business of others.
        bus = events.EventBus(self, "Bus", description="What happens to model customization jobs")
        listing = ListingFunction(self, "Listing", table=table, code=code, logs=logs, settings=settings)
        watch = WatchFunction(self, "Watch", table=table, bus=bus, code=code, logs=logs, settings=settings)
        api = Api(self, "Api", function=listing.alias, logs=logs, settings=settings)
        wait = WaitForJobs(self, "WaitForJobs", function=listing.alias, logs=logs, settings=settings)
        Schedule(self, "Sweep", function=watch, settings=settings)
        state_changes = StateChanges(self, "StateChanges", function=watch)
        news = News(self, "News", bus=bus, settings=settings)
        alarms = Alarms(
            self,
            "Alarms",
            listing=listing,
            watch=watch,
            api=api,
            dead_letters={
                "DeadLetters": watch.dead_letters,
                "EventDeadLetters": state_changes.dead_letters,
                "NewsDeadLetters": news.dead_letters,
            },
            settings=settings,
        )
        releases = Releases(self, "Releases", settings=settings)
        releases.of("Listing", listing, alarms.of_listing_release)
        releases.of("Watch", watch, alarms.of_watch_release)
        dashboard = Dashboard(
            self, "Dashboard", listing=listing, watch=watch, rest_api=api.rest_api, settings=settings
        )
        outputs = {
            "ApiUrl": ("Where HTTP clients find the API; requests are signed", api.rest_api.url),
            "FunctionArn": ("What to invoke directly", listing.alias.function_arn),
            "WatchFunctionArn": ("What dead letters are replayed to", watch.alias.function_arn),
            "WaitForJobsArn": ("The state machine to start", wait.state_machine.state_machine_arn),
            "BusName": ("The bus to subscribe to: docs/events.md", bus.event_bus_name),
            "NewsTopicArn": ("What to subscribe to for news of jobs", news.topic.topic_arn),
            "AlarmTopicArn": ("What to subscribe to for alarms", alarms.topic.topic_arn),
            "DashboardName": ("The dashboard in CloudWatch", dashboard.dashboard.dashboard_name),
            "DeadLetterQueueUrl": (
                "Where ticks and events lie for which the watch function raised, and undelivered ticks",
                watch.dead_letters.queue_url,
            ),
            "EventDeadLetterQueueUrl": (
                "Where events of Bedrock lie that did not reach the watch function",
                state_changes.dead_letters.queue_url,
            ),
            "NewsDeadLetterQueueUrl": (
                "Where texts for people lie that their topic did not take",
                news.dead_letters.queue_url,
            ),
        }
        for name, (description, value) in outputs.items():
            CfnOutput(self, name, description=description, value=value)
