"""Alarms on one function: in operation, and during the deployment of a new version."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from infra.constructs.alarms_factory import FAULT_WINDOW, FIVE_MINUTES, MINUTE, REPEATED, AlarmFactory
from infra.constructs.function import BedrockFunction
from infra.constructs.metrics import filled_sum, service_faults, service_metric

# Share of the timeout from which an invocation is reported.
_NEAR_TIMEOUT = 0.9
_ROLLBACK_MINUTES = 5


def faults_of(function: lambda_.IFunction) -> cloudwatch.IMetric:
    """Return the number of invocations that failed through the service's own fault; see `service_faults`."""
    return service_faults(
        function.metric_errors(statistic="Sum"), period=FAULT_WINDOW, FunctionName=function.function_name
    )


def add_function_alarms(alarms: AlarmFactory, prefix: str, name: str, function: BedrockFunction) -> None:
    """Add the alarms of a function in operation."""
    alias = function.alias
    lambda_function = function.version.lambda_
    function_name = lambda_function.function_name
    alarms.add(
        f"{prefix}Errors",
        f"The {name} function failed twice within 15 minutes through a fault of the service. See its log.",
        faults_of(lambda_function),
        threshold=REPEATED,
    )
    alarms.add(
        f"{prefix}BedrockErrors",
        f"Bedrock refused or failed two requests of the {name} function within 15 minutes: its role is "
        "denied, it is throttled, or Bedrock is down. See its log.",
        filled_sum(service_metric("BedrockErrors", FunctionName=function_name), period=FAULT_WINDOW),
        threshold=REPEATED,
    )
    alarms.add(
        f"{prefix}Throttles",
        f"Lambda throttled the {name} function: no concurrency is left for it.",
        alias.metric_throttles(period=FIVE_MINUTES, statistic="Sum"),
    )
    alarms.add(
        f"{prefix}NearTimeout",
        f"An invocation of the {name} function took 90 % of its timeout or more.",
        alias.metric_duration(period=FIVE_MINUTES, statistic="Maximum"),
        threshold=function.timeout.to_milliseconds() * _NEAR_TIMEOUT,
    )


def add_rollback_alarms(
    alarms: AlarmFactory, prefix: str, name: str, function: BedrockFunction
) -> tuple[cloudwatch.Alarm, ...]:
    """Add the alarms that roll back a deployment of a function. One bad minute raises each.

    They watch the new version alone: errors of the old one must not roll back the deployment that fixes them.
    Each evaluates five minutes, because the latest one or two have no datapoints yet, and FILL would make
    them 0. They notify nobody: outside a deployment, one error is not an incident, and two are reported by
    the other alarms.
    """
    function_name = function.version.lambda_.function_name
    version = {"FunctionName": function_name, "Version": function.version.version}
    errors = cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions_map={
            "FunctionName": function_name,
            "Resource": f"{function_name}:{function.alias.alias_name}",
            "ExecutedVersion": function.version.version,
        },
        statistic="Sum",
    )
    return (
        alarms.add(
            f"{prefix}Rollback",
            f"The new version of the {name} function failed through a fault of the service: CodeDeploy rolls "
            "back its deployment.",
            service_faults(errors, period=MINUTE, **version),
            evaluation_periods=_ROLLBACK_MINUTES,
            datapoints_to_alarm=1,
            notify=False,
        ),
        alarms.add(
            f"{prefix}BedrockRollback",
            f"Bedrock refused or failed a request of the new version of the {name} function: CodeDeploy "
            "rolls back its deployment.",
            service_metric("BedrockErrors", period=MINUTE, **version),
            evaluation_periods=_ROLLBACK_MINUTES,
            datapoints_to_alarm=1,
            notify=False,
        ),
    )
