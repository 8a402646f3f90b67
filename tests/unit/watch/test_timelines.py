from typing import Any

from customization_jobs.watch.job import Job
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.timelines import RecordedTimelines
from customization_jobs.watch.transition import FoundBy, Kind, Transition
from tests.fakes import NOW, text

STUCK, STUCK_IN_TRAINING = (
    Transition(f"id-{sequence}", Kind.STUCK, text(NOW), FoundBy.SWEEP, sequence, scope)
    for sequence, scope in enumerate(("job", "training"), start=1)
)
RECORD = JobRecord(Job("arn:x/1", "n", "InProgress"), timeline=(STUCK_IN_TRAINING,), pending=(STUCK,))


class Records:
    """Records in memory, and the number of calls of `open`."""

    def __init__(self, *records: JobRecord) -> None:
        self.opened = 0
        self._records = {record.job.key: record for record in records}

    def open(self) -> Any:
        self.opened += 1
        return self

    def get(self, job_arn: str) -> JobRecord | None:
        return self._records.get(job_arn)


def test_a_timeline_contains_the_job_the_stuck_scopes_and_all_transitions_in_order() -> None:
    assert RecordedTimelines(Records(RECORD).open).get("arn:x/1") == {
        "job": {"jobArn": "arn:x/1", "jobName": "n", "status": "InProgress"},
        "stuck": ["job", "training"],
        "transitions": [STUCK.to_json(), STUCK_IN_TRAINING.to_json()],
    }


def test_a_timeline_is_found_by_each_form_of_the_arn() -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/amazon.nova-lite-v1:0:300k/abc"
    timelines = RecordedTimelines(Records(RECORD._replace(job=RECORD.job._replace(arn=arn))).open)
    assert timelines.get(arn) == timelines.get(arn.replace("amazon.nova-lite-v1:0:300k/", ""))
    assert timelines.get(arn) is not None


def test_a_job_without_a_record_has_no_timeline() -> None:
    assert RecordedTimelines(Records(RECORD).open).get("arn:unknown") is None


def test_the_records_are_opened_once_and_only_when_needed() -> None:
    records = Records()
    timelines = RecordedTimelines(records.open)
    assert records.opened == 0
    for _ in range(2):
        timelines.get("arn:x/1")
    assert records.opened == 1
