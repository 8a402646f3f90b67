"""Logs, traces and metrics: Powertools, configured once and passed in."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.tracing import Tracer

if TYPE_CHECKING:
    from customization_jobs.settings import Settings


class Metric(NamedTuple):
    """One metric's name, unit and value."""

    name: str
    unit: MetricUnit
    value: float


@dataclass(frozen=True, slots=True)
class Observability:
    """What an invocation leaves behind.

    Attributes
    ----------
    logger : Logger
        JSON lines on stdout; its keys are cleared after each invocation.
    tracer : Tracer
        X-Ray segments; switches itself off outside Lambda.
    metrics_namespace, service_name : str
        Where metrics go.
    """

    logger: Logger
    tracer: Tracer
    metrics_namespace: str
    service_name: str

    @classmethod
    def from_settings(cls, settings: "Settings") -> "Observability":
        """Make the three of them: work of the init phase."""
        return cls(
            logger=Logger(service=settings.service_name, level=settings.log_level, utc=True),
            # botocore alone is patched: that is the one library whose calls leave the function.
            tracer=Tracer(service=settings.service_name, patch_modules=["botocore"]),
            metrics_namespace=settings.metrics_namespace,
            service_name=settings.service_name,
        )

    def note(self, **facts: str | int | bool) -> None:
        """Add facts to every later log line of the invocation, and to its trace as annotations."""
        self.logger.append_keys(**facts)
        for name, value in facts.items():
            self.tracer.put_annotation(name, cast("str | bool", value))

    def note_error(self, error: Exception) -> None:
        """Add an error's name to logs and trace, where it is the status too, and its message to the logs."""
        name = type(error).__name__
        self.note(error=name, status=name)
        self.logger.append_keys(reason=str(error))

    def listing_segment(self) -> AbstractContextManager[Any]:
        """Trace the listing as one segment, the calls to Bedrock within it."""
        segment: AbstractContextManager[Any] = self.tracer.provider.in_subsegment("## list jobs")
        return segment

    def same_segment(self) -> Callable[[], None]:
        """Remember the current segment; what is returned puts another thread's traces into it."""
        recorder: Any = self.tracer.provider
        segment = recorder.get_trace_entity()
        return lambda: recorder.set_trace_entity(segment)

    def publish(self, dimensions: Mapping[str, str], *metrics: Metric) -> None:
        """Write metrics that share their dimensions as one line of CloudWatch's embedded metric format.

        CloudWatch reads it from the log: no permission, no call, no delay for the invocation.
        """
        batch = EphemeralMetrics(namespace=self.metrics_namespace, service=self.service_name)
        for name, value in dimensions.items():
            batch.add_dimension(name=name, value=value)
        for metric in metrics:
            batch.add_metric(name=metric.name, unit=metric.unit, value=metric.value)
        batch.flush_metrics()
