"""The wait-for-jobs state machine: polls until every job that a query selects has ended."""

import json

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from botocore.session import Session
from constructs import Construct

from customization_jobs.errors import ERRORS
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.query import QueryContract
from infra.constructs import wait_expressions as jsonata
from infra.constructs.logs import Logs
from infra.constructs.nag import acknowledge
from infra.constructs.wait_expressions import condition, expression
from infra.settings.model import Settings

# Transient failures of the invocation itself: errors of Lambda, and the function's timeout.
_LAMBDA_ERRORS = (
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Sandbox.Timedout",
)
RETRIED_ERRORS = (*(error.__name__ for error in ERRORS if error.retry_helps), *_LAMBDA_ERRORS)
# Time for the last poll, with many pages and retries, after the longest `timeoutSeconds`.
_HARD_TIMEOUT_MARGIN = Duration.hours(2)


# The Fail state that ends an execution with an error of the function.
FUNCTION_FAILED = "The function failed"


class WaitForJobs(Construct):
    """Succeeds with the counts of jobs by status once all have ended, or fails with a named error.

    `InvalidInput`, `JobsFailed`, `JobsStopped` and `WaitTimedOut` are errors of the state machine. With any
    error of the function, the execution fails with the same name and the error's message as its cause.

    Attributes
    ----------
    state_machine : aws_cdk.aws_stepfunctions.StateMachine
        The state machine.
    log_group : aws_cdk.aws_logs.LogGroup
        Its log.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self.log_group = logs.add_group(self, "LogGroup")
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment="Waits until no model customization job that a query selects is in progress or stopping",
            state_machine_type=sfn.StateMachineType.STANDARD,
            query_language=sfn.QueryLanguage.JSONATA,
            definition_body=sfn.DefinitionBody.from_chainable(self._definition(function)),
            timeout=Duration.seconds(settings.wait_limit_seconds + _HARD_TIMEOUT_MARGIN.to_seconds()),
            tracing_enabled=True,
            # No execution data, which would log tokens and the caller's input.
            logs=sfn.LogOptions(
                destination=self.log_group,
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
        )
        acknowledge(
            self.state_machine,
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            "The actions of log delivery and X-Ray have no resource-level permissions.",
        )

    def _definition(self, function: lambda_.IFunction) -> sfn.IChainable:
        limit = self._settings.wait_limit_seconds
        inputs = _query_inputs()
        list_jobs = self._list_jobs(function)
        list_jobs.next(self._evaluate_counts(list_jobs))
        return (
            sfn.Choice.jsonata(self, "Is the input valid?")
            .when(
                condition(jsonata.VALID_INPUT.format(inputs=json.dumps(inputs), limit=limit)),
                list_jobs,
                assign={
                    "query": expression("$states.input.query"),
                    "failOn": expression(jsonata.FAIL_ON),
                    "deadline": expression(
                        jsonata.DEADLINE.format(default=self._settings.wait_timeout_hours * 3600)
                    ),
                    "pollSeconds": self._settings.wait_first_poll_seconds,
                    "counts": {},
                    "token": expression(jsonata.NO_TOKEN),
                },
            )
            .otherwise(
                self._fail(
                    "InvalidInput", jsonata.INVALID_INPUT_CAUSE.format(inputs=", ".join(inputs), limit=limit)
                )
            )
        )

    def _list_jobs(self, function: lambda_.IFunction) -> tasks.LambdaInvoke:
        task = tasks.LambdaInvoke.jsonata(
            self,
            "List jobs",
            lambda_function=function,
            payload=sfn.TaskInput.from_text(expression(jsonata.PAGE_QUERY)),
            client_context=expression(jsonata.CORRELATION_CONTEXT),
            retry_on_service_exceptions=False,
            assign={"counts": expression(jsonata.ADDED_COUNTS), "token": expression(jsonata.NEXT_TOKEN)},
            # Without the summaries: the data of a state is limited to 256 KiB.
            outputs={"counts": expression("$states.result.Payload.counts")},
        )
        task.add_retry(
            errors=list(RETRIED_ERRORS),
            interval=Duration.seconds(2),
            backoff_rate=2,
            max_attempts=6,
            max_delay=Duration.seconds(60),
            jitter_strategy=sfn.JitterType.FULL,
        )
        task.add_catch(
            sfn.Fail.jsonata(
                self,
                FUNCTION_FAILED,
                error=expression("$states.input.error"),
                cause=expression("$states.input.cause"),
            ),
            errors=[sfn.Errors.ALL],
            outputs={
                "error": expression("$states.errorOutput.Error"),
                "cause": expression(jsonata.ERROR_CAUSE),
            },
        )
        return task

    def _evaluate_counts(self, list_jobs: tasks.LambdaInvoke) -> sfn.IChainable:
        succeed = sfn.Succeed.jsonata(self, "All jobs ended", outputs={"counts": expression("$counts")})
        return (
            sfn.Choice.jsonata(self, "Have all jobs ended?")
            .when(
                condition(jsonata.TIMED_OUT),
                self._fail("WaitTimedOut", expression(jsonata.TIMED_OUT_CAUSE)),
            )
            .when(condition(f"{jsonata.ACTIVE_JOBS} > 0"), self._wait().next(list_jobs))
            .when(condition('$token != ""'), list_jobs)
            .when(condition('"Failed" in $failOn and $counts.Failed > 0'), self._fail_with_status("Failed"))
            .when(
                condition('"Stopped" in $failOn and $counts.Stopped > 0'), self._fail_with_status("Stopped")
            )
            .otherwise(succeed)
        )

    def _wait(self) -> sfn.Wait:
        return sfn.Wait.jsonata(
            self,
            "Wait",
            time=sfn.WaitTime.seconds(expression(jsonata.WAIT_SECONDS)),
            assign={
                "pollSeconds": expression(
                    jsonata.NEXT_POLL_SECONDS.format(longest=self._settings.wait_longest_poll_seconds)
                ),
                "counts": {},
                "token": expression(jsonata.NO_TOKEN),
            },
        )

    def _fail_with_status(self, status: str) -> sfn.Fail:
        cause = f'"All jobs have ended, " & $counts.{status} & " of them with the status {status}."'
        return self._fail(f"Jobs{status}", expression(cause))

    def _fail(self, error: str, cause: str) -> sfn.Fail:
        return sfn.Fail.jsonata(self, error, error=error, cause=cause)


def _query_inputs() -> list[str]:
    """Return the inputs of the list operation, except for the token, which the state machine passes on."""
    model = Session().get_service_model("bedrock")
    inputs = QueryContract(model.operation_model(MODEL_CUSTOMIZATION.list_operation)).inputs
    return [name for name in inputs if name != "nextToken"]
