"""The wait-for-jobs state machine: waits until every job that a query selects has ended.

One state waits until the watch answers its task token. If the watch sends no heartbeat, one poll takes its
place, and the state waits again.
"""

import json

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from botocore.session import Session
from constructs import Construct

from customization_jobs.errors import ERRORS
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.listing.filter_inputs import PREFIX
from customization_jobs.listing.query import QueryContract
from customization_jobs.waits.result import ERROR_OF_STATUS, NO_SUCH_JOBS, WAIT_EXPIRED
from customization_jobs.waits.wait_request import MAX_AT_LEAST
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
# The results of a wait that are failures, see `waits.result`.
_FAILED_RESULTS = (*ERROR_OF_STATUS.values(), NO_SUCH_JOBS, WAIT_EXPIRED)

# The Fail state that ends an execution with an error of the function.
FUNCTION_FAILED = "The function failed"
# The state in which an execution finds that the watch sends no heartbeats.
WATCH_IS_SILENT = "The watch is silent"


class WaitForJobs(Construct):
    """Succeeds with the counts of jobs by status once all have ended, or fails with a named error.

    `InvalidInput`, `JobsFailed`, `JobsStopped`, `NoSuchJobs`, `WaitExpired` and `WaitTimedOut` are results.
    With any error of the functions, the execution fails with the same name and the error's message as its
    cause.

    Parameters
    ----------
    scope : Construct
        Parent of the construct.
    construct_id : str
        Id within the scope.
    watch : IFunction
        Registers the wait, and answers it.
    listing : IFunction
        Lists jobs for a poll.
    logs : Logs
        Creates the log group.
    settings : Settings
        The user's settings.

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
        watch: lambda_.IFunction,
        listing: lambda_.IFunction,
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
            definition_body=sfn.DefinitionBody.from_chainable(self._definition(watch, listing)),
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

    def _definition(self, watch: lambda_.IFunction, listing: lambda_.IFunction) -> sfn.IChainable:
        values = {"limit": self._settings.wait_limit_seconds, "most": MAX_AT_LEAST}
        inputs = _query_inputs()
        wait = self._wait(watch, listing)
        return (
            sfn.Choice.jsonata(self, "Is the input valid?")
            .when(
                condition(jsonata.VALID_INPUT.format(inputs=json.dumps(inputs), **values)),
                wait,
                assign={
                    "query": expression("$states.input.query"),
                    "failOn": expression(jsonata.FAIL_ON),
                    "atLeast": expression(jsonata.AT_LEAST),
                    "follow": expression(jsonata.FOLLOW),
                    "deadline": expression(
                        jsonata.DEADLINE.format(default=self._settings.wait_timeout_hours * 3600)
                    ),
                },
            )
            .otherwise(
                self._fail(
                    "InvalidInput", jsonata.INVALID_INPUT_CAUSE.format(inputs=_described(inputs), **values)
                )
            )
        )

    def _wait(self, watch: lambda_.IFunction, listing: lambda_.IFunction) -> tasks.LambdaInvoke:
        """Return the state that waits for the watch, followed by the polls that take its place."""
        heartbeat = jsonata.HEARTBEAT_SECONDS.format(heartbeat=self._settings.wait_heartbeat_seconds)
        wait = tasks.LambdaInvoke.jsonata(
            self,
            "Wait until all jobs have ended",
            lambda_function=watch,
            payload=sfn.TaskInput.from_text(expression(jsonata.WAIT_REQUEST)),
            client_context=expression(jsonata.CORRELATION_CONTEXT),
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            task_timeout=sfn.Timeout.jsonata(expression(jsonata.TIMEOUT_SECONDS)),
            heartbeat_timeout=sfn.Timeout.jsonata(expression(heartbeat)),
            retry_on_service_exceptions=False,
            outputs=expression("$states.result"),
        )
        _retry_transient_errors(wait)
        failed = self._function_failed()
        list_jobs = self._list_jobs(listing, failed)
        list_jobs.next(self._evaluate_counts(list_jobs, wait))
        start_poll = {"counts": {}, "endedBadly": [], "token": expression(jsonata.NO_TOKEN)}
        silent = sfn.Pass.jsonata(
            self, WATCH_IS_SILENT, comment="WaitFallback is raised. A poll takes the watch's place."
        )
        # Jobs that have ended by the deadline count as ended, even if the watch has not observed their end.
        timed_out = (
            sfn.Choice.jsonata(self, "Is there time left?")
            .when(condition(jsonata.TIME_IS_LEFT), silent.next(list_jobs))
            .otherwise(list_jobs)
        )
        # A missed heartbeat is reported under either name.
        # https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
        wait.add_catch(timed_out, errors=["States.HeartbeatTimeout", "States.Timeout"], assign=start_poll)
        wait.add_catch(
            sfn.Fail.jsonata(
                self,
                "The jobs did not end as required",
                error=expression("$states.input.error"),
                cause=expression("$states.input.cause"),
            ),
            errors=list(_FAILED_RESULTS),
            outputs=_ERROR_AND_CAUSE,
        )
        wait.add_catch(failed, errors=[sfn.Errors.ALL], outputs=_ERROR_AND_CAUSE)
        wait.next(sfn.Succeed.jsonata(self, "All jobs have ended"))
        return wait

    def _list_jobs(self, listing: lambda_.IFunction, failed: sfn.Fail) -> tasks.LambdaInvoke:
        task = tasks.LambdaInvoke.jsonata(
            self,
            "List jobs",
            lambda_function=listing,
            payload=sfn.TaskInput.from_text(expression(jsonata.PAGE_QUERY)),
            client_context=expression(jsonata.CORRELATION_CONTEXT),
            retry_on_service_exceptions=False,
            assign={
                "counts": expression(jsonata.ADDED_COUNTS),
                "endedBadly": expression(jsonata.ADDED_ENDED_BADLY),
                "token": expression(jsonata.NEXT_TOKEN),
            },
            # Without the summaries: the data of a state is limited to 256 KiB.
            outputs={"counts": expression("$states.result.Payload.counts")},
        )
        _retry_transient_errors(task)
        task.add_catch(failed, errors=[sfn.Errors.ALL], outputs=_ERROR_AND_CAUSE)
        return task

    def _evaluate_counts(self, list_jobs: tasks.LambdaInvoke, wait: tasks.LambdaInvoke) -> sfn.IChainable:
        outputs = {"counts": expression("$counts"), "endedBadly": expression("$endedBadly")}
        return (
            sfn.Choice.jsonata(self, "Have all jobs ended?")
            .when(
                condition(jsonata.TIMED_OUT),
                self._fail("WaitTimedOut", expression(jsonata.TIMED_OUT_CAUSE)),
            )
            .when(
                condition(jsonata.NO_SUCH_JOBS),
                self._fail("NoSuchJobs", expression(jsonata.NO_SUCH_JOBS_CAUSE)),
            )
            .when(condition(f"{jsonata.ACTIVE_JOBS} > 0 or ({jsonata.TOO_FEW_JOBS})"), wait)
            .when(condition('$token != ""'), list_jobs)
            .when(condition('"Failed" in $failOn and $counts.Failed > 0'), self._fail_with_status("Failed"))
            .when(
                condition('"Stopped" in $failOn and $counts.Stopped > 0'), self._fail_with_status("Stopped")
            )
            .otherwise(sfn.Succeed.jsonata(self, "All jobs had ended", outputs=outputs))
        )

    def _function_failed(self) -> sfn.Fail:
        return sfn.Fail.jsonata(
            self,
            FUNCTION_FAILED,
            error=expression("$states.input.error"),
            cause=expression("$states.input.cause"),
        )

    def _fail_with_status(self, status: str) -> sfn.Fail:
        cause = f'"All jobs have ended, " & $counts.{status} & " of them with the status {status}."'
        return self._fail(ERROR_OF_STATUS[status], expression(cause))

    def _fail(self, error: str, cause: str) -> sfn.Fail:
        return sfn.Fail.jsonata(self, error, error=error, cause=cause)


_ERROR_AND_CAUSE = {
    "error": expression("$states.errorOutput.Error"),
    "cause": expression(jsonata.ERROR_CAUSE),
}


def _retry_transient_errors(task: tasks.LambdaInvoke) -> None:
    task.add_retry(
        errors=list(RETRIED_ERRORS),
        interval=Duration.seconds(2),
        backoff_rate=2,
        max_attempts=6,
        max_delay=Duration.seconds(60),
        jitter_strategy=sfn.JitterType.FULL,
    )


def _described(inputs: list[str]) -> str:
    bedrocks = [name for name in inputs if not name.startswith(PREFIX)]
    return f"{', '.join(bedrocks)}, and filters that begin with {PREFIX}"


def _query_inputs() -> list[str]:
    """Return the inputs of a query, except for the token, which the state machine passes on."""
    model = Session().get_service_model("bedrock")
    inputs = QueryContract(model.operation_model(MODEL_CUSTOMIZATION.list_operation)).inputs
    return [name for name in inputs if name != "nextToken"]
