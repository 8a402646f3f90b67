"""What all Lambda functions of the stack have in common."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.constructs.principals import account_service

RUNTIME = lambda_.Runtime.PYTHON_3_13


class FunctionRole(iam.Role):
    """An execution role that only functions of this account can assume."""

    def __init__(self, scope: Construct, construct_id: str, *, description: str) -> None:
        super().__init__(
            scope, construct_id, description=description, assumed_by=account_service(scope, "lambda")
        )
        acknowledge(
            self,
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            "The X-Ray actions and bedrock:ListModelCustomizationJobs have no resource-level permissions. "
            "The latter, where it is allowed, is restricted to one region.",
        )

    def allow(
        self,
        *actions: str,
        resource: str | Sequence[str],
        sid: str,
        conditions: Mapping[str, Mapping[str, str | Sequence[str]]] | None = None,
    ) -> None:
        """Allow actions on one resource or several, such as `dynamodb:GetItem` on a table's ARN."""
        resources = [resource] if isinstance(resource, str) else list(resource)
        self.add_to_policy(
            iam.PolicyStatement(sid=sid, actions=list(actions), resources=resources, conditions=conditions)
        )


class PythonFunction(lambda_.Function):
    """A Python function on Graviton that is traced and logs JSON to its own log group.

    Parameters
    ----------
    scope : Construct
        Parent of the function and of its log group.
    construct_id : str
        Id within the scope.
    role : FunctionRole
        The execution role.
    logs : Logs
        Creates the log group.
    **properties
        Further properties of `aws_cdk.aws_lambda.Function`.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, role: FunctionRole, logs: Logs, **properties: Any
    ) -> None:
        log_group = logs.add_group(scope, "LogGroup")
        log_group.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            role=role,
            log_group=log_group,
            # No application log level: above INFO, Lambda drops lines without a level, such as EMF metrics.
            # At DEBUG, its runtime logs each request of botocore, with the role's session token.
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
            **properties,
        )
        for finding in ("AwsSolutions::AwsSolutions-L1", "Serverless::Serverless-LambdaLatestVersion"):
            acknowledge(
                self,
                finding,
                "The bundle is compiled, locked and tested for Python 3.13, a supported runtime.",
            )
