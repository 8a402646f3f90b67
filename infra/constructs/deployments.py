"""Deployments: CodeDeploy shifts each function's alias to a new version, and back on an alarm."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.function import BedrockFunction
from infra.constructs.nag import acknowledge
from infra.settings.model import ALL_AT_ONCE, Settings


class Deployments(Construct):
    """A CodeDeploy application with a deployment group for each function."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._all_at_once = settings.deployment_configuration == ALL_AT_ONCE
        self._configuration: codedeploy.ILambdaDeploymentConfig = getattr(
            codedeploy.LambdaDeploymentConfig, settings.deployment_configuration
        )
        self._application = codedeploy.LambdaApplication(self, "Application")
        self._role = iam.Role(
            self,
            "Role",
            description="Shifts traffic between versions of the functions",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
        )
        acknowledge(
            self._role,
            "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
            "The narrower of the two policies that AWS documents for CodeDeploy, and AWS maintains it.",
        )

    def add_deployment_group(
        self, construct_id: str, function: BedrockFunction, rollback_alarms: Sequence[cloudwatch.Alarm]
    ) -> codedeploy.LambdaDeploymentGroup:
        """Let CodeDeploy shift the alias of a function, and roll back on any of the alarms.

        An all-at-once deployment ignores the alarms. It ends before they could be raised, and CodeDeploy
        would refuse to start it, for example with a fix, while one of them is raised.
        """
        alarms = [] if self._all_at_once else list(rollback_alarms)
        return codedeploy.LambdaDeploymentGroup(
            self,
            construct_id,
            application=self._application,
            role=self._role,
            alias=function.alias,
            deployment_config=self._configuration,
            alarms=alarms,
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, deployment_in_alarm=bool(alarms)
            ),
        )
