"""A harness for the watch: jobs that change, a table and a bus in memory, and injected faults."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from customization_jobs.aws.bus import BusEvent
from customization_jobs.aws.table import VersionConflict
from customization_jobs.errors import BedrockTimeoutException, WatchUnavailableException
from customization_jobs.limits import Limits
from customization_jobs.watch.apply import WatchPolicy
from customization_jobs.watch.observation import from_event, from_summary
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.summary import WatchSummary
from customization_jobs.watch.watch import Watch
from tests.fakes import NOW, Job, job, text

Result = TypeVar("Result")
DAY = timedelta(days=1)
LIMITS = Limits(default=24 * 3600, by_phase={"training": 12 * 3600})
POLICY = WatchPolicy(LIMITS, retention=400 * DAY)
PHASE_NAMES = ("validation", "dataProcessing", "training")


class Killed(BaseException):
    """The end of an invocation, of which nobody inside it hears."""


@dataclass
class FaultInjector:
    """What every call goes through on its way out, and where it can be cut.

    Attributes
    ----------
    calls : list of str
        The calls so far.
    kill_at : int
        The number of the call, from 1, at which the invocation dies; 0 for none.
    answered : bool
        Whether that call still has its effect.
    refused : set of int
        The numbers of the calls that fail by a named error; `answered` is for them too.
    repeated : set of int
        The numbers of the calls whose answer is lost, so that the client makes them again by itself.
    meanwhile : callable or None
        What someone else does at call number `kill_at`, in place of a death.
    """

    calls: list[str] = field(default_factory=list)
    kill_at: int = 0
    answered: bool = False
    refused: set[int] = field(default_factory=set)
    repeated: set[int] = field(default_factory=set)
    meanwhile: Callable[[], None] | None = None

    def call(self, name: str, effect: Callable[[], Result]) -> Result:
        self.calls.append(name)
        number = len(self.calls)
        if number == self.kill_at and self.meanwhile:
            self.meanwhile()
        elif number == self.kill_at or number in self.refused:
            if self.answered:
                effect()
            if number == self.kill_at:
                raise Killed
            if name == "get_job":
                raise BedrockTimeoutException("slow")
            raise WatchUnavailableException("throttled")
        if number in self.repeated:
            effect()
        return effect()


@dataclass
class Table:
    """The table, as JSON, so that what is read is only what was written."""

    items: dict[str, tuple[int, str]] = field(default_factory=dict)
    since: datetime | None = None


@dataclass
class WatchHarness:
    """Jobs, a table, a bus and a clock.

    Attributes
    ----------
    jobs : dict of str to dict
        Bedrock's summaries by ARN: what is so.
    messages : dict of str to str
        Why jobs failed.
    told : list of dict
        The details of all events on the bus, in the order of their publication.
    flaky : set of int
        The numbers, from 1, of the events that the bus refuses.
    """

    jobs: dict[str, Job] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    table: Table = field(default_factory=Table)
    published: list[dict[str, Any]] = field(default_factory=list)
    now: datetime = NOW
    flaky: set[int] = field(default_factory=set)
    offered: int = 0

    def create(self, number: int, **fields: Any) -> str:
        made = job(number, **{"created": self.now, "status": "InProgress", **fields})
        self.jobs[made["jobArn"]] = made
        return str(made["jobArn"])

    def change(self, arn: str, status: str | None = None, **phases: str) -> dict[str, Any]:
        """Let a job go on, and return the event that Bedrock sends."""
        changed = self.jobs[arn] = {**self.jobs[arn], "lastModifiedTime": text(self.now)}
        if status:
            changed["status"] = status
            if status in ("Completed", "Failed", "Stopped"):
                changed["endTime"] = text(self.now)
        for name, phase in phases.items():
            details = dict(changed.get("statusDetails", {}))
            started = details.get(name + "Details", {}).get("creationTime", text(self.now))
            times = {"creationTime": started, "lastModifiedTime": text(self.now)}
            changed["statusDetails"] = {**details, name + "Details": {"status": phase, **times}}
        return self.event(arn)

    def event(self, arn: str) -> dict[str, Any]:
        told = self.jobs[arn]
        times = {name: told[name] for name in ("creationTime", "lastModifiedTime", "endTime") if name in told}
        reason = {"failureMessage": self.messages[arn]} if arn in self.messages else {}
        return {
            "source": "aws.bedrock",
            "detail-type": "Model Customization Job State Change",
            "time": text(self.now),
            "resources": [arn],
            "detail": {
                "jobArn": arn,
                "jobName": told["jobName"],
                "jobStatus": told["status"],
                "baseModelArn": told["baseModelArn"],
                **times,
                **(reason if told["status"] == "Failed" else {}),
            },
        }

    def watch(self, faults: FaultInjector | None = None) -> Watch:
        """Start afresh, as a new environment of the function does."""
        faults = faults or FaultInjector()
        return Watch(
            Store(self, faults),
            Bus(self, faults),
            get_job=lambda arn: faults.call("get_job", lambda: {"failureMessage": self.messages.get(arn)}),
            policy=POLICY,
            now=lambda: self.now,
            sleep=lambda _: None,
        )

    def sweep(self, faults: FaultInjector | None = None) -> WatchSummary:
        return self.watch(faults).observe([from_summary(each) for each in list(self.jobs.values())])

    def deliver(self, event: Mapping[str, Any], faults: FaultInjector | None = None) -> WatchSummary:
        return self.watch(faults).observe([from_event(event)])

    def record(self, arn: str) -> JobRecord | None:
        item = self.table.items.get(arn)
        return JobRecord.from_json(json.loads(item[1]), item[0]) if item else None

    def kinds(self, arn: str | None = None) -> list[str]:
        """List what was told, in its order, phases as `name=status`."""
        return [
            f"{each['transition']['phase']}={each['transition']['to']}"
            if each["kind"] == "PhaseChanged"
            else each["kind"]
            for each in self.published
            if arn in (None, each["job"]["jobArn"])
        ]


@dataclass
class Store:
    """A store that keeps the promises of `watch.Store`."""

    harness: WatchHarness
    faults: FaultInjector

    def get(self, job_arn: str) -> JobRecord | None:
        return self.faults.call("get", lambda: self.harness.record(job_arn))

    def get_many(self, job_arns: Iterable[str]) -> dict[str, JobRecord]:
        found = {arn: self.harness.record(arn) for arn in job_arns}
        return self.faults.call("get_many", lambda: {arn: each for arn, each in found.items() if each})

    def put(self, record: JobRecord) -> JobRecord:
        return self.faults.call("put", lambda: self._put(record))

    def _put(self, record: JobRecord) -> JobRecord:
        version, _ = self.harness.table.items.get(record.job.arn, (0, ""))
        if version != record.version:
            raise VersionConflict
        written = json.dumps(record.to_json())
        self.harness.table.items[record.job.arn] = (version + 1, written)
        return JobRecord.from_json(json.loads(written), version + 1)

    def baseline(self) -> datetime:
        return self.faults.call("baseline", self._baseline)

    def _baseline(self) -> datetime:
        self.harness.table.since = self.harness.table.since or self.harness.now
        return self.harness.table.since


@dataclass
class Bus:
    """A bus that takes events one by one."""

    harness: WatchHarness
    faults: FaultInjector

    def publish(self, events: list[BusEvent], out_of_time: Callable[[], bool]) -> dict[str, str]:
        failed: dict[str, str] = {}
        for event in events:
            error = "no time was left" if out_of_time() else self._publish(event)
            if error:
                failed[event.id] = error
        return failed

    def _publish(self, event: BusEvent) -> str | None:
        try:
            return self.faults.call("publish", lambda: self._accept(event))
        except WatchUnavailableException as error:
            return str(error)

    def _accept(self, event: BusEvent) -> str | None:
        self.harness.offered += 1
        if self.harness.offered in self.harness.flaky:
            return "ThrottlingException"
        self.harness.published.append(json.loads(json.dumps(event.detail)))
        return None
