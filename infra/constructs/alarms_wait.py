"""Alarms on the wait-for-jobs state machine."""

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs

from infra.constructs.alarms_factory import FAULT_WINDOW, FIVE_MINUTES, REPEATED, AlarmFactory
from infra.constructs.function import METRICS_NAMESPACE, BedrockFunction
from infra.constructs.metrics import execution_metric, filled_sum, service_metric
from infra.constructs.wait_for_jobs import FUNCTION_FAILED, WATCH_IS_SILENT, WaitForJobs


def add_wait_results(wait: WaitForJobs) -> cloudwatch.Metric:
    """Count the executions that end with a result such as `JobsFailed`, and return the metric.

    These executions end in any Fail state but the one for errors of the function. The name of the metric
    contains the stack's, because no field of the log line has few enough values for a dimension.
    """
    return _count_states(wait, "Results", "FailStateEntered", "!=", FUNCTION_FAILED)


def _count_states(
    wait: WaitForJobs, name: str, log_type: str, comparison: str, state: str
) -> cloudwatch.Metric:
    """Count the log lines of entered states, and return the metric."""
    metric_name = f"{Stack.of(wait).stack_name}-Wait{name}"
    logs.MetricFilter(
        wait,
        name,
        log_group=wait.log_group,
        filter_pattern=logs.FilterPattern.all(
            logs.FilterPattern.string_value("$.type", "=", log_type),
            logs.FilterPattern.string_value("$.details.name", comparison, state),
        ),
        metric_namespace=METRICS_NAMESPACE,
        metric_name=metric_name,
        metric_value="1",
    )
    return cloudwatch.Metric(namespace=METRICS_NAMESPACE, metric_name=metric_name, statistic="Sum")


def add_wait_alarms(
    alarms: AlarmFactory,
    wait: WaitForJobs,
    results: cloudwatch.Metric,
    *,
    watch: BedrockFunction,
    listing: BedrockFunction,
) -> None:
    """Add the alarms of the state machine.

    Not counted are failures through an error that a function raises and that is not the service's fault: a
    mistake in the query, or Bedrock's refusal, which has its own alarm.
    """
    expected = {
        name: service_metric(
            "ExpectedErrors", period=FAULT_WINDOW, FunctionName=function.version.lambda_.function_name
        )
        for name, function in (("expected_watch", watch), ("expected_listing", listing))
    }
    alarms.add(
        "WaitFailures",
        "Two executions of the wait-for-jobs state machine failed within 15 minutes for a reason that is "
        "neither a result such as JobsFailed nor an error of the caller or of Bedrock. See the executions.",
        cloudwatch.MathExpression(
            expression=(
                "FILL(failed, 0) - FILL(results, 0) - FILL(expected_watch, 0) - FILL(expected_listing, 0)"
            ),
            using_metrics={
                "failed": execution_metric(wait.state_machine, "ExecutionsFailed"),
                "results": results,
                **expected,
            },
            period=FAULT_WINDOW,
        ),
        threshold=REPEATED,
    )
    alarms.add(
        "WaitFallback",
        "A waiting execution received no heartbeat of the watch and polled instead. It receives the end of "
        "its jobs late, or at its deadline.",
        filled_sum(
            _count_states(wait, "Fallbacks", "PassStateEntered", "=", WATCH_IS_SILENT), period=FIVE_MINUTES
        ),
    )
    alarms.add(
        "WaitTimeouts",
        "An execution of the wait-for-jobs state machine did not end by its own deadline: Step Functions "
        "ended it at its hard timeout.",
        filled_sum(execution_metric(wait.state_machine, "ExecutionsTimedOut"), period=FIVE_MINUTES),
    )
    alarms.add(
        "WaitThrottles",
        "Step Functions throttled executions of the wait-for-jobs state machine.",
        filled_sum(execution_metric(wait.state_machine, "ExecutionThrottled"), period=FIVE_MINUTES),
    )
