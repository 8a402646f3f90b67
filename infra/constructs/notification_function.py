"""The notification function: turns the watch's events into mails and chat messages."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from customization_jobs import __version__
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.event_queue import EventQueue
from infra.constructs.function import HANDLER, METRICS_NAMESPACE, SERVICE_NAME
from infra.constructs.logs import Logs
from infra.constructs.python_function import FunctionRole, PythonFunction
from infra.settings.model import Settings

_DESCRIPTION = "Publishes notifications about Amazon Bedrock model customization jobs"
_TIMEOUT = Duration.seconds(60)


class NotificationFunction(Construct):
    """A function of the same bundle, which a queue invokes with batches of events. It needs no alias.

    Attributes
    ----------
    function : PythonFunction
        The function.
    queue : EventQueue
        Events that wait for their batch.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topics: Mapping[str, sns.Topic],
        dead_letters: DeadLetters,
        code: lambda_.Code,
        logs: Logs,
        settings: Settings,
    ) -> None:
        """Create the function. The keys of `topics` are the environment variables that name them."""
        super().__init__(scope, construct_id)
        # The events of a sweep share a batch, so that they can become one digest. The attempts take half an
        # hour in all. While only the chat topic refuses, each attempt can repeat a mail.
        self.queue = EventQueue(self, "Queue", timeout=_TIMEOUT, dead_letters=dead_letters)
        role = self._create_role(topics)
        self.function = PythonFunction(
            self,
            "Function",
            description=f"{_DESCRIPTION} (version {__version__})",
            code=code,
            handler=HANDLER,
            memory_size=settings.memory_megabytes,
            timeout=_TIMEOUT,
            role=role,
            logs=logs,
            environment={
                "BEDROCK_REGION": settings.bedrock_region or Stack.of(self).region,
                "POWERTOOLS_SERVICE_NAME": SERVICE_NAME,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "NOTIFICATION_DIGEST_ABOVE": str(settings.notification_digest_above),
                **{variable: topic.topic_arn for variable, topic in topics.items()},
            },
        )
        self.queue.invoke(self, self.function, role)

    def _create_role(self, topics: Mapping[str, sns.Topic]) -> FunctionRole:
        role = FunctionRole(self, "Role", description=_DESCRIPTION)
        for topic in topics.values():
            role.allow("sns:Publish", resource=topic.topic_arn, sid=f"PublishTo{topic.node.id}")
        self.queue.allow_reading(role)
        return role
