from dataclasses import replace

from customization_jobs.watch.events import JobTransition, to_bus_event
from customization_jobs.watch.transition import Kind
from tests.unit.watch.test_records import COMPLETED, transition


def test_an_event_has_the_id_of_its_transition_and_the_arn_of_its_job() -> None:
    published = transition(1, Kind.STOPPED)
    event = to_bus_event(JobTransition(COMPLETED, published))
    assert (event.id, event.resource) == (published.id, COMPLETED.arn)
    assert (event.source, event.detail_type) == (
        "bedrock-customization-jobs",
        "Model Customization Job Stopped",
    )


def test_the_failure_is_beside_the_transition_and_not_inside() -> None:
    details = {"failure": {"category": "size"}, "phase": "training"}
    event = to_bus_event(JobTransition(COMPLETED, transition(1, Kind.FAILED, details=details)))
    assert event.detail["failure"] == {"category": "size"}
    assert event.detail["transition"] == {"scope": "job", "phase": "training"}


def test_absent_values_are_left_out() -> None:
    event = to_bus_event(JobTransition(replace(COMPLETED, arn="arn:unknown"), transition(1)))
    assert not {"failure", "consoleUrl"} & set(event.detail)
