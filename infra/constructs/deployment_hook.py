"""The hook with which CodeDeploy checks a new version of a function before any traffic reaches it."""

from pathlib import Path

from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from deployment_hook import hook
from infra.constructs.function import BedrockFunction
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.constructs.python_function import FunctionRole, PythonFunction

_MEMORY_MEGABYTES = 256


class DeploymentHook(Construct):
    """A function that makes the new version of another function check itself, and reports to CodeDeploy.

    Its code is a separate asset: as part of the functions' bundle, it could not report a broken bundle.

    Attributes
    ----------
    function : PythonFunction
        The hook.
    role : FunctionRole
        Its role, which may invoke the versions of the one function.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, checked: BedrockFunction, name: str, logs: Logs
    ) -> None:
        super().__init__(scope, construct_id)
        description = f"Checks a new version of the {name} function before traffic is shifted to it"
        self.role = FunctionRole(self, "Role", description=description)
        self.function = PythonFunction(
            self,
            "Function",
            description=description,
            code=lambda_.Code.from_asset(str(Path(hook.__file__).parent), exclude=["__pycache__"]),
            handler=f"hook.{hook.lambda_handler.__name__}",
            memory_size=_MEMORY_MEGABYTES,
            timeout=Duration.seconds(hook.TIMEOUT_SECONDS),
            role=self.role,
            logs=logs,
            environment={hook.VERSION_VARIABLE: checked.version.function_arn},
        )
        # All versions, because a permission that changed with each release would not yet be in effect.
        self.role.allow(
            "lambda:InvokeFunction",
            resource=f"{checked.function.function_arn}:*",
            sid="InvokeCheckedVersions",
        )
        self._acknowledge_findings(Stack.of(self).resolve(checked.function.function_arn)["Fn::GetAtt"][0])

    def _acknowledge_findings(self, checked_id: str) -> None:
        acknowledge(
            self.role,
            f"AwsSolutions::AwsSolutions-IAM5[Resource::<{checked_id}.Arn>:*]",
            "The versions of one function, whose numbers are not known beforehand.",
        )
        acknowledge(
            self.function,
            "Serverless::Serverless-LambdaDLQ",
            "CodeDeploy waits for the report of this function, and fails the deployment without it.",
        )
