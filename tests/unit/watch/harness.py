"""A harness for the watch: simulated jobs, a table and a bus in memory, a clock, and injected faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customization_jobs.errors import CustomizationJobsError, ValidationException
from customization_jobs.jobs import TERMINAL
from customization_jobs.limits import Limits
from customization_jobs.watch.apply import WatchPolicy
from customization_jobs.watch.detect import ExpectedEndOf, no_expected_end
from customization_jobs.watch.job import ended_at
from customization_jobs.watch.job_arn import job_key
from customization_jobs.watch.observation import from_event, from_summary
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.run import Run
from customization_jobs.watch.summary import WatchSummary
from customization_jobs.watch.tags import TagReader
from customization_jobs.watch.transition import Transition
from customization_jobs.watch.watch import Watch
from tests.fakes import NOW, Job, job, text
from tests.unit.watch.faults import FaultInjector
from tests.unit.watch.in_memory import BusLog, InMemoryBus, InMemoryStore, Table

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
LIMITS = Limits(default=24 * 3600, by_phase={"training": 12 * 3600})
POLICY = WatchPolicy(LIMITS, retention=400 * DAY)


@dataclass
class WatchHarness:
    """Everything that a watch works with.

    Attributes
    ----------
    jobs : dict of str to dict
        The current summaries of Bedrock's jobs by ARN.
    failure_messages : dict of str to str
        Why jobs fail, by ARN.
    tags : dict of str to dict
        The tags of jobs, by ARN; None if Bedrock refuses the ARN.
    owner_tag : str or None
        The tag whose value is the owner of a job. None: tags are not read.
    unread : list of CustomizationJobsError
        The failures of reading tags that were reported.
    sleeps : list of float
        Seconds that the watch has paused.
    counted : list of Transition
        The transitions that the metrics have counted as published, in order.
    expected_end : callable
        When jobs in progress are expected to end.
    lists_all_records : bool
        Whether records without a position are written again, as with a fleet.
    """

    jobs: dict[str, Job] = field(default_factory=dict)
    failure_messages: dict[str, str] = field(default_factory=dict)
    tags: dict[str, dict[str, str] | None] = field(default_factory=dict)
    owner_tag: str | None = None
    unread: list[CustomizationJobsError] = field(default_factory=list)
    table: Table = field(default_factory=Table)
    bus: BusLog = field(default_factory=BusLog)
    now: datetime = NOW
    sleeps: list[float] = field(default_factory=list)
    counted: list[Transition] = field(default_factory=list)
    expected_end: ExpectedEndOf = no_expected_end
    lists_all_records: bool = False

    def create(self, number: int, **fields: Any) -> str:
        """Create a job, in progress by default, and return its ARN."""
        created = job(number, **{"created": self.now, "status": "InProgress", **fields})
        self.jobs[created["jobArn"]] = created
        return str(created["jobArn"])

    def change(self, arn: str, status: str | None = None, **phases: str) -> dict[str, Any]:
        """Change the status of a job and of its phases, and return Bedrock's event."""
        changed = self.jobs[arn] = {**self.jobs[arn], "lastModifiedTime": text(self.now)}
        if status:
            changed["status"] = status
            if status in TERMINAL:
                changed["endTime"] = text(self.now)
        for name, phase in phases.items():
            details = dict(changed.get("statusDetails", {}))
            started = details.get(name + "Details", {}).get("creationTime", text(self.now))
            times = {"creationTime": started, "lastModifiedTime": text(self.now)}
            changed["statusDetails"] = {**details, name + "Details": {"status": phase, **times}}
        return self.event(arn)

    def event(self, arn: str) -> dict[str, Any]:
        """Return the event by which Bedrock reports the current state of a job."""
        summary = self.jobs[arn]
        times = {
            name: summary[name] for name in ("creationTime", "lastModifiedTime", "endTime") if name in summary
        }
        message = {"failureMessage": self.failure_messages[arn]} if arn in self.failure_messages else {}
        return {
            "source": "aws.bedrock",
            "detail-type": "Model Customization Job State Change",
            "time": text(self.now),
            "resources": [arn],
            "detail": {
                "jobArn": arn,
                "jobName": summary["jobName"],
                "jobStatus": summary["status"],
                "baseModelArn": summary["baseModelArn"],
                **times,
                **(message if summary["status"] == "Failed" else {}),
            },
        }

    def watch(self, faults: FaultInjector | None = None, **options: Any) -> Watch:
        """Return a new watch, as in a new execution environment of the function."""
        faults = faults or FaultInjector()
        return Watch(
            InMemoryStore(self.table, faults, lambda: self.now),
            InMemoryBus(self.bus, faults),
            get_job=lambda arn: faults.call(
                "get_job", lambda: {"failureMessage": self.failure_messages.get(arn)}
            ),
            policy=POLICY._replace(expected_end=self.expected_end, lists_all_records=self.lists_all_records),
            now=lambda: self.now,
            sleep=self.sleeps.append,
            **{"tags": self._tag_reader(faults) if self.owner_tag else None, **options},
        )

    def _tag_reader(self, faults: FaultInjector) -> TagReader:
        def list_tags(arn: str) -> list[Any]:
            # Bedrock does not accept the short form of an ARN.
            tags = self.tags.get(arn, {})
            if tags is None or arn == job_key(arn):
                raise ValidationException(f"{arn} is not the ARN of a job.")
            return [{"key": key, "value": value} for key, value in tags.items()]

        assert self.owner_tag is not None
        return TagReader(
            lambda arn: faults.call("list_tags", lambda: list_tags(arn)),
            self.owner_tag,
            on_failure=self.unread.append,
        )

    def sweep(self, faults: FaultInjector | None = None) -> WatchSummary:
        """Let the watch observe all jobs, and publish what was left pending, as `WatchObserver` does."""
        started = self.now
        watch, run = self.watch(faults), Run(count_published=self.counted.extend)
        # Not through the watch, so that the calls in which tests inject faults keep their numbers.
        stored = self.table.part
        part = watch.observed_part(stored, started)
        observed = [
            from_summary(each) for each in list(self.jobs.values()) if not part.is_known(ended_at(each))
        ]
        summary = watch.observe(observed, run)
        if not (summary.errors or summary.failed or summary.busy):
            self.table.part = stored.recorded(part, started)
        summary.add(watch.publish_pending(started, run))
        summary.add(watch.read_unread_tags(run))
        return summary

    def deliver(self, event: Mapping[str, Any], faults: FaultInjector | None = None) -> WatchSummary:
        """Let the watch process one of Bedrock's events."""
        observation = from_event(event, "us-east-1")
        return self.watch(faults).observe([observation], Run(count_published=self.counted.extend))

    def record(self, arn: str) -> JobRecord | None:
        """Return the record of a job; None if nothing is recorded."""
        return self.table.record(arn)

    def existing_record(self, arn: str) -> JobRecord:
        """Return the record of a job that has one."""
        record = self.record(arn)
        assert record is not None
        return record

    @property
    def published(self) -> list[dict[str, Any]]:
        """The details of all published events in order."""
        return self.bus.published

    def published_kinds(self, arn: str | None = None) -> list[str]:
        """Return the kinds of the published transitions in order, phase changes as `phase=status`."""
        return [
            f"{each['transition']['phase']}={each['transition']['to']}"
            if each["kind"] == "PhaseChanged"
            else each["kind"]
            for each in self.published
            if arn in (None, each["job"]["jobArn"])
        ]

    def published_ids(self) -> list[str]:
        """Return the ids of the published transitions in order, with duplicates."""
        return [each["id"] for each in self.published]
