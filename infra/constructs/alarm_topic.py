"""The topic that the alarms notify."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.constructs.nag import acknowledge_email_subscriptions


class AlarmTopic(sns.Topic):
    """A topic to which only the alarms of this account may publish, over TLS."""

    def __init__(self, scope: Construct, construct_id: str, *, email: str | None) -> None:
        # No key: SNS encrypts its storage anyway, and CloudWatch cannot use the AWS managed key of SNS.
        super().__init__(scope, construct_id, enforce_ssl=True)
        # A resource policy replaces the default one, which would let the account's alarms publish.
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowAlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        acknowledge_email_subscriptions(self)
        if email:
            self.add_subscription(subscriptions.EmailSubscription(email))
