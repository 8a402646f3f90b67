"""Chat channels in which Amazon Q Developer in chat applications shows notifications."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct


class ChatChannels(Construct):
    """The Slack and Teams channels that the setting `chat` names. In them, nobody can run commands.

    Parameters
    ----------
    scope : Construct
        Parent of the construct.
    construct_id : str
        Id within the scope.
    topic : aws_cdk.aws_sns.Topic
        The topic of chat messages.
    channels : mapping
        The ids of the channels by `slack` and `teams`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: sns.Topic,
        channels: Mapping[str, Mapping[str, str]],
    ) -> None:
        super().__init__(scope, construct_id)
        stack_name = Stack.of(self).stack_name
        # Showing notifications needs no permission. The guardrail, which would otherwise be
        # AdministratorAccess, denies everything in case someone adds permissions to the role.
        role = iam.Role(
            self,
            "Role",
            description="Shows notifications about model customization jobs in chat channels",
            assumed_by=iam.ServicePrincipal("chatbot.amazonaws.com"),
        )
        guardrail = iam.ManagedPolicy.from_aws_managed_policy_name("AWSDenyAll")
        if slack := channels.get("slack"):
            chatbot.SlackChannelConfiguration(
                self,
                "Slack",
                slack_channel_configuration_name=f"{stack_name}-Slack",
                slack_workspace_id=slack["workspaceId"],
                slack_channel_id=slack["channelId"],
                notification_topics=[topic],
                role=role,
                guardrail_policies=[guardrail],
            )
        if teams := channels.get("teams"):
            chatbot.CfnMicrosoftTeamsChannelConfiguration(
                self,
                "Teams",
                configuration_name=f"{stack_name}-Teams",
                team_id=teams["teamId"],
                teams_tenant_id=teams["tenantId"],
                teams_channel_id=teams["channelId"],
                sns_topic_arns=[topic.topic_arn],
                iam_role_arn=role.role_arn,
                guardrail_policies=[guardrail.managed_policy_arn],
            )
