from customization_jobs.console import console_url
from customization_jobs.watch.events import JobTransition, to_bus_event
from customization_jobs.watch.transition import Kind
from tests.unit.watch.test_records import COMPLETED, transition

FAILED = transition(7, Kind.FAILED, details={"failure": {"category": "size"}, "phase": "training"})


def test_a_transition_is_published_with_its_job_and_a_link_to_the_console() -> None:
    event = to_bus_event(JobTransition(COMPLETED, FAILED))
    assert (event.id, event.resource) == (FAILED.id, COMPLETED.arn)
    assert (event.source, event.detail_type) == (
        "bedrock-customization-jobs",
        "Model Customization Job Failed",
    )
    assert event.detail == {
        "version": "1",
        "id": FAILED.id,
        "sequence": 7,
        "kind": "Failed",
        "at": FAILED.at,
        "foundBy": "sweep",
        "job": COMPLETED.to_json(),
        "transition": {"scope": "job", "phase": "training"},
        "failure": {"category": "size"},
        "consoleUrl": console_url(COMPLETED.arn),
    }


def test_tags_and_owner_are_published_if_they_are_known() -> None:
    event = to_bus_event(JobTransition(COMPLETED, transition(1), {"team": "search"}, "search"))
    assert (event.detail["tags"], event.detail["owner"]) == ({"team": "search"}, "search")


def test_absent_values_are_left_out() -> None:
    event = to_bus_event(JobTransition(COMPLETED._replace(arn="arn:unknown"), transition(1)))
    assert not {"failure", "consoleUrl", "tags", "owner"} & set(event.detail)
