"""Widgets of the dashboard about the health of the service, one row for each part."""

from collections.abc import Sequence

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn

from infra.constructs.function import BedrockFunction
from infra.constructs.metrics import execution_metric, service_metric
from infra.constructs.monitored import Monitored

# A dashboard has 24 columns.
FULL_WIDTH = 24
HALF = FULL_WIDTH // 2
THIRD = FULL_WIDTH // 3
COUNT_FROM_ZERO = cloudwatch.YAxisProps(min=0, show_units=False)
_FROM_ZERO = cloudwatch.YAxisProps(min=0)
_PERCENTILES = ("p50", "p95", "p99")


def health_rows(parts: Monitored) -> Sequence[Sequence[cloudwatch.IWidget]]:
    """Return the rows of widgets, from the callers' side to the queues."""
    return (
        _api_graphs(parts.api.rest_api.deployment_stage),
        [_function_graph("Listing function", parts.listing), _function_graph("Watch function", parts.watch)],
        [
            _fault_graph("Faults of the listing function", parts.listing),
            _fault_graph("Faults of the watch function", parts.watch),
        ],
        [_wait_graph(parts), _delivery_graph(parts), _table_graph(parts.table)],
        _queue_graphs(parts),
    )


def _graph(
    title: str, width: int, metrics: Sequence[cloudwatch.IMetric], *, stacked: bool = False
) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(
        title=title, width=width, left=list(metrics), left_y_axis=COUNT_FROM_ZERO, stacked=stacked
    )


def _api_graphs(stage: apigateway.Stage) -> Sequence[cloudwatch.IWidget]:
    return (
        cloudwatch.GraphWidget(
            title="API latency",
            width=HALF,
            left=[stage.metric_latency(statistic=each, label=each) for each in _PERCENTILES],
            left_y_axis=_FROM_ZERO,
        ),
        _graph(
            "API requests and errors",
            HALF,
            [
                stage.metric_count(label="requests"),
                stage.metric_client_error(label="4xx", color=cloudwatch.Color.ORANGE),
                stage.metric_server_error(label="5xx", color=cloudwatch.Color.RED),
            ],
        ),
    )


def _function_graph(title: str, function: BedrockFunction) -> cloudwatch.IWidget:
    alias = function.alias
    return cloudwatch.GraphWidget(
        title=title,
        width=HALF,
        left=[
            alias.metric_errors(label="errors", color=cloudwatch.Color.RED),
            alias.metric_throttles(label="throttles", color=cloudwatch.Color.ORANGE),
        ],
        right=[alias.metric_duration(statistic=each, label=f"duration {each}") for each in ("p50", "p99")],
        left_y_axis=COUNT_FROM_ZERO,
        right_y_axis=_FROM_ZERO,
    )


def _fault_graph(title: str, function: BedrockFunction) -> cloudwatch.IWidget:
    name = function.version.lambda_.function_name
    labels = {
        "ServiceErrors": "of the service",
        "BedrockErrors": "of Bedrock",
        "ExpectedErrors": "raised, but not of the service",
    }
    return _graph(
        title,
        HALF,
        [service_metric(metric, FunctionName=name).with_(label=label) for metric, label in labels.items()],
    )


def execution_metrics(machine: sfn.IStateMachine) -> Sequence[cloudwatch.Metric]:
    """Return the metrics of what can go wrong with the executions of a state machine."""
    labels = {
        "ExecutionsFailed": "failed",
        "ExecutionsTimedOut": "timed out",
        "ExecutionsAborted": "aborted",
        "ExecutionThrottled": "throttled",
    }
    return [execution_metric(machine, name).with_(label=label) for name, label in labels.items()]


def _wait_graph(parts: Monitored) -> cloudwatch.IWidget:
    executions = execution_metrics(parts.wait.state_machine)
    return _graph(
        "Waiting executions", THIRD, [*executions, parts.wait_results.with_(label="failed with a result")]
    )


def _delivery_graph(parts: Monitored) -> cloudwatch.IWidget:
    labels = {
        "RetryInvocationAttempts": "repeated",
        "FailedInvocations": "given up",
        "InvocationsSentToDlq": "to the dead-letter queue",
        "InvocationsFailedToBeSentToDlq": "lost",
    }
    sums = [
        cloudwatch.MathExpression(
            expression=f"SUM([{', '.join(names)}])",
            using_metrics=names,
            label=label,
        )
        for number, (name, label) in enumerate(labels.items())
        for names in [{f"r{number}_{rule}": each.metric(name) for rule, each in enumerate(parts.rules)}]
    ]
    return _graph("Deliveries of EventBridge", THIRD, sums)


def _table_graph(table: dynamodb.ITable) -> cloudwatch.IWidget:
    return _graph(
        "Throttled requests to the table",
        THIRD,
        [
            table.metric("ReadThrottleEvents", statistic="Sum", label="reads"),
            table.metric("WriteThrottleEvents", statistic="Sum", label="writes"),
        ],
    )


def _queue_graphs(parts: Monitored) -> Sequence[cloudwatch.IWidget]:
    queues = parts.dead_letters.items()
    depths = [queue.metric_approximate_number_of_messages_visible(label=name) for name, queue in queues]
    ages = [queue.metric_approximate_age_of_oldest_message(label=name) for name, queue in queues]
    return (
        _graph("Dead letters", HALF, depths, stacked=True),
        _graph("Age of the oldest dead letter, seconds", HALF, ages),
    )
