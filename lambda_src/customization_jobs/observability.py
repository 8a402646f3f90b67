"""Logs, traces and metrics: Powertools, configured once and passed in."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.tracing import Tracer

from customization_jobs import __version__

if TYPE_CHECKING:
    from customization_jobs.settings import Settings


class Metric(NamedTuple):
    """A metric's name, unit and value."""

    name: str
    unit: MetricUnit
    value: float


class Observability(NamedTuple):
    """The logs, traces and metrics of an invocation.

    Attributes
    ----------
    logger : Logger
        Writes JSON lines to stdout. All keys but `service` and `version` are cleared after each invocation.
    tracer : Tracer
        Writes X-Ray segments; disables itself outside Lambda.
    metrics_namespace, service_name : str
        CloudWatch namespace and the value of the dimension `service`.
    """

    logger: Logger
    tracer: Tracer
    metrics_namespace: str
    service_name: str

    @classmethod
    def from_settings(cls, settings: "Settings") -> "Observability":
        """Create the logger and the tracer, once in the init phase."""
        return cls(
            logger=Logger(
                service=settings.service_name, level=settings.log_level, utc=True, version=__version__
            ),
            # Only botocore is patched: it makes every call that leaves the function.
            tracer=Tracer(service=settings.service_name, patch_modules=["botocore"]),
            metrics_namespace=settings.metrics_namespace,
            service_name=settings.service_name,
        )

    def annotate(self, **facts: str | int | bool) -> None:
        """Add facts to all later log lines of the invocation, and to its trace as annotations."""
        self.logger.append_keys(**facts)
        for name, value in facts.items():
            self.tracer.put_annotation(name, cast("str | bool", value))

    def record_error(self, error: Exception) -> None:
        """Add an error's name to logs and trace, and its message to the logs."""
        name = type(error).__name__
        self.annotate(error=name, status=name)
        self.logger.append_keys(reason=str(error))
        if details := getattr(error, "log_details", None):
            self.logger.append_keys(details=details)

    def listing_segment(self) -> AbstractContextManager[Any]:
        """Trace a listing, with its calls to Bedrock, as one subsegment."""
        segment: AbstractContextManager[Any] = self.tracer.provider.in_subsegment("## list jobs")
        return segment

    def thread_initializer(self) -> Callable[[], None]:
        """Return a function that makes a new thread add its traces to the current segment."""
        recorder: Any = self.tracer.provider
        segment = recorder.get_trace_entity()
        return lambda: recorder.set_trace_entity(segment)

    def emit(self, dimensions: Mapping[str, str], *metrics: Metric) -> None:
        """Write metrics that share their dimensions as one line of CloudWatch's embedded metric format.

        CloudWatch extracts them from the log, which needs no permission and no API call.
        """
        batch = EphemeralMetrics(namespace=self.metrics_namespace, service=self.service_name)
        for name, value in dimensions.items():
            batch.add_dimension(name=name, value=value)
        for metric in metrics:
            batch.add_metric(name=metric.name, unit=metric.unit, value=metric.value)
        batch.flush_metrics()
