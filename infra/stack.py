"""The stack: each part, and who is handed to whom."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.alarms import Alarms
from infra.api import Api
from infra.function import ListingFunction
from infra.logs import Logs
from infra.schedule import Schedule
from infra.settings import Settings
from infra.wait_for_jobs import WaitForJobs


class CustomizationJobsStack(Stack):
    """Lists model customization jobs for HTTP clients, a schedule and workflows."""

    def __init__(
        self, scope: Construct, construct_id: str, *, code: lambda_.Code, settings: Settings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Lists Amazon Bedrock model customization jobs for every kind of caller",
        )
        logs = Logs(self, "Logs", settings=settings)
        function = ListingFunction(self, "Listing", code=code, logs=logs, settings=settings)
        api = Api(self, "Api", function=function.alias, logs=logs, settings=settings)
        schedule = Schedule(self, "Sweep", function=function.alias, settings=settings)
        wait = WaitForJobs(self, "WaitForJobs", function=function.alias, logs=logs, settings=settings)
        alarms = Alarms(
            self,
            "Alarms",
            function=function,
            rest_api=api.rest_api,
            dead_letters=schedule.dead_letters,
            settings=settings,
        )
        outputs = {
            "ApiUrl": ("Where HTTP clients find the API; requests are signed", api.rest_api.url),
            "FunctionArn": ("What to invoke directly", function.alias.function_arn),
            "WaitForJobsArn": ("The state machine to start", wait.state_machine.state_machine_arn),
            "AlarmTopicArn": ("What to subscribe to", alarms.topic.topic_arn),
            "DeadLetterQueueUrl": ("Where failed ticks lie", schedule.dead_letters.queue_url),
        }
        for name, (description, value) in outputs.items():
            CfnOutput(self, name, description=description, value=value)
