"""The sweep of the fleet: a state machine, and the bucket with the results of its Distributed Maps.

`fleet_sweep.asl.json` is the definition, with CloudFormation's substitutions. The local run and the tests
execute the same file.
"""

import json
from pathlib import Path

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.function import BedrockFunction
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge, logical_id
from infra.settings.model import Settings

DEFINITION_FILE = Path(__file__).parents[1] / "fleet_sweep.asl.json"
RESULTS_PREFIX = "sweeps"
_RESULTS_DAYS = 7


class FleetSweep(Construct):
    """Discovers the sources, sweeps each with the watch function, and reports the coverage.

    Attributes
    ----------
    state_machine : aws_cdk.aws_stepfunctions.StateMachine
        The state machine. Its input is the tick of the schedule, or an empty object.
    children : aws_cdk.aws_iam.Policy
        Its permission to start the children of a Distributed Map, without which an execution fails.
    log_group : aws_cdk.aws_logs.LogGroup
        Its log.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, watch: BedrockFunction, logs: Logs, settings: Settings
    ) -> None:
        super().__init__(scope, construct_id)
        results = self._create_bucket()
        self.log_group = logs.add_group(self, "LogGroup")
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment="Sweeps every source of the fleet, and reports which it could not list",
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(_definition()),
            definition_substitutions={
                "Partition": Stack.of(self).partition,
                "WatchFunctionArn": watch.alias.function_arn,
                "FunctionTimeoutSeconds": str(settings.watch_timeout_seconds),
                "Concurrency": str(settings.fleet_concurrency),
                "DistributedAbove": str(settings.fleet_distributed_above),
                "ResultsBucket": results.bucket_name,
                "ResultsPrefix": RESULTS_PREFIX,
            },
            tracing_enabled=True,
            # No execution data, as in the other state machine.
            logs=sfn.LogOptions(
                destination=self.log_group, level=sfn.LogLevel.ERROR, include_execution_data=False
            ),
        )
        self._allow("SweepSources", watch.alias.function_arn, "lambda:InvokeFunction")
        self._allow(
            "WriteResults",
            results.arn_for_objects(f"{RESULTS_PREFIX}/*"),
            # https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
            *("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"),
        )
        self.children = self._allow_children()
        self._acknowledge_findings(results, self.children)

    def _create_bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Results",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(_RESULTS_DAYS),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
            # CloudFormation cannot delete a bucket with objects. These are gone after a week.
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(
            bucket,
            "AwsSolutions::AwsSolutions-S1",
            "Only the state machine writes to it, what each sweep returned, and the log has its failures.",
        )
        return bucket

    def _allow(self, sid: str, resource: str, *actions: str) -> None:
        self.state_machine.add_to_role_policy(
            iam.PolicyStatement(sid=sid, actions=list(actions), resources=[resource])
        )

    def _allow_children(self) -> iam.Policy:
        """Allow a Distributed Map to start, observe and stop its children.

        https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
        """
        machine = self.state_machine
        executions = Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{machine.state_machine_name}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        # A policy of its own: the state machine depends on the policy of its role, and this one on the state
        # machine.
        policy = iam.Policy(
            self,
            "ChildrenPolicy",
            statements=[
                iam.PolicyStatement(
                    sid="StartChildren",
                    actions=["states:StartExecution"],
                    resources=[machine.state_machine_arn],
                ),
                iam.PolicyStatement(
                    sid="FollowChildren",
                    actions=["states:DescribeExecution", "states:StopExecution"],
                    resources=[executions],
                ),
            ],
        )
        policy.attach_to_role(machine.role)
        return policy

    def _acknowledge_findings(self, results: s3.Bucket, children: iam.Policy) -> None:
        machine = self.state_machine
        acknowledge(
            machine,
            "AwsSolutions::AwsSolutions-SF1",
            "Errors alone: express children would log several lines for each source of each sweep. The table "
            "and the results have what became of each source.",
        )
        acknowledge(
            machine,
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            "The actions of log delivery and X-Ray have no resource-level permissions.",
        )
        acknowledge(
            machine,
            f"AwsSolutions::AwsSolutions-IAM5[Resource::<{logical_id(results)}.Arn>/{RESULTS_PREFIX}/*]",
            "Step Functions chooses the names of the objects below the prefix.",
        )
        acknowledge(
            children,
            "AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>"
            f":execution:<{logical_id(machine)}.Name>:*]",
            "The names of the executions are not known beforehand. The state machine is its own.",
        )


def _definition() -> str:
    """Return the definition without white space: CloudFormation's templates are limited in size."""
    return json.dumps(json.loads(DEFINITION_FILE.read_text(encoding="utf-8")), separators=(",", ":"))
