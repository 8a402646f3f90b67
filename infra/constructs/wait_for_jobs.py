"""The wait-for-jobs state machine: polls until no job that a query selects is under way."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from customization_jobs.errors import ERRORS
from infra.logs import Logs
from infra.nag import acknowledge
from infra.settings import Settings

# What can go wrong with the invocation itself, and passes: Lambda's own failures and the function's timeout.
_LAMBDA_ERRORS = (
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Sandbox.Timedout",
)
RETRIED_ERRORS = (*(error.__name__ for error in ERRORS if error.retry_helps), *_LAMBDA_ERRORS)
# Room for the last poll, its retries and a walk over many pages after the time limit of the longest wait.
_HARD_TIMEOUT_MARGIN = Duration.hours(2)

_INVALID_INPUT = (
    'The input must be {{"query": {{...}}, "failOn": ["Failed", "Stopped"], "timeoutSeconds": 3600}}: query '
    "is required, and holds Bedrock's parameters without nextToken; failOn may name Failed, Stopped, both or "
    "none; timeoutSeconds is a whole number from 1 to {limit}."
)
_VALID_INPUT = """(
    $query := $states.input.query;
    $failOn := $states.input.failOn;
    $seconds := $states.input.timeoutSeconds;
    $type($states.input) = "object"
    and $count($filter($keys($states.input), function($key) {{
        $not($key in ["query", "failOn", "timeoutSeconds"])
    }})) = 0
    and $type($query) = "object"
    and $not($exists($query.nextToken))
    and ($exists($failOn) ? $type($failOn) = "array" and $count($filter($failOn, function($status) {{
        $not($status in ["Failed", "Stopped"])
    }})) = 0 : true)
    and ($exists($seconds) ? $type($seconds) = "number" and $seconds = $floor($seconds)
        and $seconds >= 1 and $seconds <= {limit} : true)
)"""
_DEADLINE = """
    $toMillis($states.context.Execution.StartTime)
    + 1000 * ($exists($states.input.timeoutSeconds) ? $states.input.timeoutSeconds : {default})
"""
_PAGE_QUERY = '$merge([$query, $token = "" ? {} : {"nextToken": $token}])'
_COUNTS = """(
    $page := $states.result.Payload.counts;
    $merge($append([{}], $map($keys($merge([$counts, $page])), function($status) {
        {$status: $sum([$lookup($counts, $status), $lookup($page, $status)])}
    })))
)"""
# An expression, because validators of state machines refuse to assign an empty text.
_NO_TOKEN = '""'  # noqa: S105 - the text of an expression, not a secret
_TOKEN = '$exists($states.result.Payload.nextToken) ? $states.result.Payload.nextToken : ""'  # noqa: S105 - as above
_CORRELATION = '$base64encode($string({"custom": {"correlationId": $states.context.Execution.Id}}))'
_UNDER_WAY = "$sum([$counts.InProgress, $counts.Stopping])"


class WaitForJobs(Construct):
    """Succeeds with the counts of jobs by status when all have ended, or fails by name.

    `InvalidInput`, `JobsFailed`, `JobsStopped` and `WaitTimedOut` are the machine's own failures. Those of
    the function are not caught, so an execution fails with the name and the cause that the function gave.

    Attributes
    ----------
    state_machine : aws_cdk.aws_stepfunctions.StateMachine
        The state machine.
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
        self.state_machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment="Waits until no model customization job that a query selects is in progress or stopping",
            state_machine_type=sfn.StateMachineType.STANDARD,
            query_language=sfn.QueryLanguage.JSONATA,
            definition_body=sfn.DefinitionBody.from_chainable(self._definition(function)),
            timeout=Duration.seconds(settings.wait_limit_seconds + _HARD_TIMEOUT_MARGIN.to_seconds()),
            tracing_enabled=True,
            # Without execution data: tokens, and whatever a caller put into its input, stay out of the log.
            logs=sfn.LogOptions(
                destination=logs.group(self, "LogGroup"), level=sfn.LogLevel.ALL, include_execution_data=False
            ),
        )
        acknowledge(
            self.state_machine,
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            "The actions of log delivery and X-Ray know no resources.",
        )

    def _definition(self, function: lambda_.IFunction) -> sfn.IChainable:
        list_jobs = self._list_jobs(function)
        limit = self._settings.wait_limit_seconds
        list_jobs.next(self._decide(list_jobs))
        return (
            sfn.Choice.jsonata(self, "Is the input valid?")
            .when(
                _jsonata(_VALID_INPUT.format(limit=limit)),
                list_jobs,
                assign={
                    "query": _expression("$states.input.query"),
                    "failOn": _expression("$exists($states.input.failOn) ? $states.input.failOn : []"),
                    "deadline": _expression(
                        _DEADLINE.format(default=self._settings.wait_timeout_hours * 3600)
                    ),
                    "pollSeconds": self._settings.wait_first_poll_seconds,
                    "counts": {},
                    "token": _expression(_NO_TOKEN),
                },
            )
            .otherwise(self._fail("InvalidInput", _INVALID_INPUT.format(limit=limit)))
        )

    def _list_jobs(self, function: lambda_.IFunction) -> tasks.LambdaInvoke:
        task = tasks.LambdaInvoke.jsonata(
            self,
            "List the jobs",
            lambda_function=function,
            payload=sfn.TaskInput.from_text(_expression(_PAGE_QUERY)),
            client_context=_expression(_CORRELATION),
            retry_on_service_exceptions=False,
            assign={"counts": _expression(_COUNTS), "token": _expression(_TOKEN)},
            # The summaries stay behind: a state holds 256 KiB at most.
            outputs={"counts": _expression("$states.result.Payload.counts")},
        )
        task.add_retry(
            errors=list(RETRIED_ERRORS),
            interval=Duration.seconds(2),
            backoff_rate=2,
            max_attempts=6,
            max_delay=Duration.seconds(60),
            jitter_strategy=sfn.JitterType.FULL,
        )
        return task

    def _decide(self, list_jobs: tasks.LambdaInvoke) -> sfn.IChainable:
        wait = sfn.Wait.jsonata(
            self,
            "Wait",
            # Not beyond the deadline: the last look is at that moment.
            time=sfn.WaitTime.seconds(
                _expression("$max([1, $min([$pollSeconds, $ceil(($deadline - $millis()) / 1000)])])")
            ),
            assign={
                "pollSeconds": _expression(
                    f"$min([2 * $pollSeconds, {self._settings.wait_longest_poll_seconds}])"
                ),
                "counts": {},
                "token": _expression(_NO_TOKEN),
            },
        )
        wait.next(list_jobs)
        return (
            sfn.Choice.jsonata(self, "How far are they?")
            .when(
                _jsonata(f"{_UNDER_WAY} > 0 and $millis() >= $deadline"),
                self._fail(
                    "WaitTimedOut",
                    _expression(
                        f'"The time is up; at least " & {_UNDER_WAY} & " jobs are InProgress or Stopping."'
                    ),
                ),
            )
            .when(_jsonata(f"{_UNDER_WAY} > 0"), wait)
            .when(_jsonata('$token != ""'), list_jobs)
            .when(_jsonata('"Failed" in $failOn and $counts.Failed > 0'), self._fail_for("Failed"))
            .when(_jsonata('"Stopped" in $failOn and $counts.Stopped > 0'), self._fail_for("Stopped"))
            .otherwise(
                sfn.Succeed.jsonata(self, "All have ended", outputs={"counts": _expression("$counts")})
            )
        )

    def _fail_for(self, status: str) -> sfn.Fail:
        cause = f'"All jobs have ended, " & $counts.{status} & " of them with the status {status}."'
        return self._fail(f"Jobs{status}", _expression(cause))

    def _fail(self, error: str, cause: str) -> sfn.Fail:
        return sfn.Fail.jsonata(self, error, error=error, cause=cause)


def _expression(jsonata: str) -> str:
    return f"{{% {' '.join(jsonata.split())} %}}"


def _jsonata(jsonata: str) -> sfn.Condition:
    return sfn.Condition.jsonata(_expression(jsonata))
