"""How a new version gets its callers: CodeDeploy moves the alias by steps, and back on an alarm."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.function import BedrockFunction
from infra.nag import acknowledge
from infra.settings import ALL_AT_ONCE, Settings


class Releases(Construct):
    """One application of CodeDeploy, with a deployment group for each function."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._at_once = settings.release == ALL_AT_ONCE
        self._config: codedeploy.ILambdaDeploymentConfig = getattr(
            codedeploy.LambdaDeploymentConfig, settings.release
        )
        self._application = codedeploy.LambdaApplication(self, "Application")
        self._role = iam.Role(
            self,
            "Role",
            description="Moves the aliases of the functions",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
        )
        acknowledge(
            self._role,
            "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
            "The narrower of the two policies that AWS documents for CodeDeploy; AWS keeps it up to date.",
        )

    def of(
        self, construct_id: str, function: BedrockFunction, alarms: Sequence[cloudwatch.Alarm]
    ) -> codedeploy.LambdaDeploymentGroup:
        """Let CodeDeploy move a function's alias.

        Parameters
        ----------
        construct_id : str
            The group's name.
        function : BedrockFunction
            Whose alias it is.
        alarms : sequence of Alarm
            What undoes a release. A move all at once is over before they could ring, and asks none: so there
            is a way to bring a repair out while one of them rings.
        """
        asked = [] if self._at_once else list(alarms)
        return codedeploy.LambdaDeploymentGroup(
            self,
            construct_id,
            application=self._application,
            role=self._role,
            alias=function.alias,
            deployment_config=self._config,
            alarms=asked,
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, deployment_in_alarm=bool(asked)
            ),
        )
