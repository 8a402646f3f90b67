"""Who hears it: failed, stopped and stuck jobs as readable text, to a topic."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from customization_jobs.watch.announce import DETAIL_TYPE, SCHEMA_VERSION, SOURCE
from infra.dead_letters import DeadLetters
from infra.settings import Settings

# SNS gets JSON texts as they are, quotes included: a line break within one would be shown as \n. So each line
# is a text of its own, and none is empty.
# What stands in <> is a path of the event, see docs/event.schema.json. EventBridge puts its value there.
_JOB = """\
Job: <$.detail.job.jobName>
Customization: <$.detail.job.customizationType> of <$.detail.job.baseModelArn>
When: <$.detail.at> (found by <$.detail.foundBy>)"""
_CONSOLE = """\
Console: <$.detail.consoleUrl>
Event: <$.detail.id>"""
TEXTS: Mapping[str, str] = {
    "Failed": f"""The model customization job <$.detail.job.jobName> failed.
{_JOB}
Why (<$.detail.failure.category>): <$.detail.failure.message>
What to do: <$.detail.failure.remedy>
The same job again can succeed: <$.detail.failure.retryHelps>
More: <$.detail.failure.link>
{_CONSOLE}""",
    "Stopped": f"""The model customization job <$.detail.job.jobName> was stopped.
{_JOB}
Why: someone asked Bedrock to stop it. CloudTrail has the call StopModelCustomizationJob, and who made it.
What to do: nothing, if that was meant. Otherwise create the job again.
{_CONSOLE}""",
    "Stuck": f"""The model customization job <$.detail.job.jobName> takes longer than its limit.
{_JOB}
Why: the <$.detail.transition.scope> is in progress for <$.detail.transition.ageSeconds> seconds; \
the limit is <$.detail.transition.limitSeconds>.
Phase: <$.detail.transition.phase>
What to do: look at the job's phases and metrics. Stop it if it will not end, or raise watchLimits.
{_CONSOLE}""",
}


class News(Construct):
    """Rules of the bus, one for each kind of news, and the topic that they fill.

    Attributes
    ----------
    topic : aws_cdk.aws_sns.Topic
        Where the texts are published.
    dead_letters : DeadLetters
        The news that the topic did not take in a day.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, bus: events.EventBus, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        if settings.news_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(settings.news_email))
        self.dead_letters = DeadLetters(self, "DeadLetters")
        role = iam.Role(
            self,
            "Role",
            description="Publishes news of model customization jobs",
            assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
        )
        for kind in settings.news_kinds:
            events.Rule(
                self,
                kind,
                event_bus=bus,
                description=f"Tells people of jobs: {kind}",
                event_pattern=events.EventPattern(
                    source=[SOURCE],
                    detail_type=[DETAIL_TYPE + kind],
                    detail={"version": [SCHEMA_VERSION]},
                ),
                targets=[
                    targets.SnsTopic(
                        self.topic,
                        message=events.RuleTargetInput.from_multiline_text(_with_fields(TEXTS[kind])),
                        # Not by the topic's policy, which would let any rule of EventBridge publish.
                        authorize_using_role=True,
                        role=role,
                        dead_letter_queue=self.dead_letters,
                        max_event_age=Duration.hours(24),
                        retry_attempts=185,
                    )
                ],
            )


def _with_fields(text: str) -> str:
    pieces = text.strip().split("<")
    fields = (piece.partition(">") for piece in pieces[1:])
    return pieces[0] + "".join(events.EventField.from_path(path) + rest for path, _, rest in fields)
