"""Deployments: CodeDeploy shifts each function's alias to a new version, and back on an alarm."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.deployment_hook import DeploymentHook
from infra.constructs.function import BedrockFunction
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.constructs.principals import account_service
from infra.settings.model import ALL_AT_ONCE, Settings

_MANAGED_POLICY = "service-role/AWSCodeDeployRoleForLambdaLimited"


class Deployments(Construct):
    """A CodeDeploy application with a deployment group for each function.

    Attributes
    ----------
    hooks : dict of str to DeploymentHook
        The hooks by the id of their deployment group. All-at-once deployments have none.
    """

    def __init__(self, scope: Construct, construct_id: str, *, logs: Logs, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._logs = logs
        self.hooks: dict[str, DeploymentHook] = {}
        self._all_at_once = settings.deployment_configuration == ALL_AT_ONCE
        self._configuration: codedeploy.ILambdaDeploymentConfig = getattr(
            codedeploy.LambdaDeploymentConfig, settings.deployment_configuration
        )
        self._application = codedeploy.LambdaApplication(self, "Application")
        # The managed policy, the only kind that AWS documents for this role, applies to all functions.
        self._deny_other_functions = iam.PolicyStatement(
            sid="DenyOtherFunctions",
            effect=iam.Effect.DENY,
            actions=[
                *("lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig"),
                *("lambda:InvokeFunction", "lambda:UpdateAlias"),
            ],
        )
        self._role = self._create_role()

    def add_deployment_group(
        self,
        construct_id: str,
        function: BedrockFunction,
        rollback_alarms: Sequence[cloudwatch.Alarm],
    ) -> None:
        """Let CodeDeploy check a new version of a function, shift the alias to it, and roll back on an alarm.

        An all-at-once deployment neither checks the version nor watches the alarms, so that a fix can be
        deployed whatever is wrong.

        Parameters
        ----------
        construct_id : str
            Id of the deployment group: the function's name, such as `Listing`.
        function : BedrockFunction
            The function whose alias is shifted.
        rollback_alarms : sequence of Alarm
            Any of them rolls the deployment back.
        """
        alarms = [] if self._all_at_once else list(rollback_alarms)
        group = codedeploy.LambdaDeploymentGroup(
            self,
            construct_id,
            application=self._application,
            # All that the role may do is stated here.
            role=self._role.without_policy_updates(),
            alias=function.alias,
            deployment_config=self._configuration,
            alarms=alarms,
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, deployment_in_alarm=bool(alarms)
            ),
        )
        function_arn = function.function.function_arn
        self._deny_other_functions.add_not_resources(function_arn, f"{function_arn}:*")
        if not self._all_at_once:
            self._add_hook(construct_id, function, group)
        # CodeDeploy starts when the alias is updated, and then needs its permissions.
        function.alias.node.add_dependency(self._role)

    def _add_hook(
        self, name: str, function: BedrockFunction, group: codedeploy.LambdaDeploymentGroup
    ) -> None:
        hook = DeploymentHook(self, f"{name}Hook", checked=function, name=name.lower(), logs=self._logs)
        self.hooks[name] = hook
        # Also allows the hook to report to this deployment group, and to no other.
        group.add_pre_hook(hook.function)
        hook_arn = hook.function.function_arn
        self._deny_other_functions.add_not_resources(hook_arn)
        self._role.add_to_policy(
            iam.PolicyStatement(
                sid=f"Invoke{name}Hook", actions=["lambda:InvokeFunction"], resources=[hook_arn]
            )
        )

    def _create_role(self) -> iam.Role:
        groups = Stack.of(self).format_arn(
            service="codedeploy",
            resource="deploymentgroup",
            resource_name=f"{self._application.application_name}/*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        role = iam.Role(
            self,
            "Role",
            description="Shifts traffic between versions of the functions",
            assumed_by=account_service(self, "codedeploy", source_arn=groups),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_MANAGED_POLICY)],
        )
        role.add_to_policy(self._deny_other_functions)
        acknowledge(
            role,
            f"AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_MANAGED_POLICY}]",
            "The narrower of the two policies that AWS documents for CodeDeploy. A statement beside it "
            "denies every function but those of this stack.",
        )
        return role
