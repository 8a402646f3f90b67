"""Metrics of failed invocations, by the origin of the error. Alarms and rollbacks depend on them."""

from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.callers import Caller
from customization_jobs.errors import CustomizationJobsError, Origin
from customization_jobs.observability import Metric, Observability

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_METRICS = {Origin.BEDROCK: "BedrockErrors", Origin.SERVICE: "ServiceErrors"}


class ErrorMetrics:
    """Counts failed invocations.

    Parameters
    ----------
    region : str
        Dimension of the metrics: the region in which jobs are listed.
    """

    def __init__(self, observability: Observability, *, region: str) -> None:
        self._observability = observability
        self._region = region

    def count(self, error: CustomizationJobsError, caller: Caller | None, context: "LambdaContext") -> None:
        """Count an error of Bedrock or of the service, however it is answered.

        A caller's mistake is not counted.
        """
        name = _METRICS.get(error.origin)
        if name is None:
            return
        by_error = {"Region": self._region, "Error": type(error).__name__, "Caller": caller or "unknown"}
        self._observability.emit(by_error, Metric(name, MetricUnit.Count, 1))
        self._emit_by_function(name, context)

    def count_raised(self, error: CustomizationJobsError, context: "LambdaContext") -> None:
        """Count an error that is raised to Lambda but is not the service's fault.

        Lambda counts it in `Errors` nevertheless. `Errors` minus `ExpectedErrors` is the service's fault.
        """
        if error.origin is not Origin.SERVICE:
            self._emit_by_function("ExpectedErrors", context)

    def _emit_by_function(self, name: str, context: "LambdaContext") -> None:
        function = {"FunctionName": context.function_name}
        for dimensions in (function, {**function, "Version": context.function_version}):
            self._observability.emit(dimensions, Metric(name, MetricUnit.Count, 1))
