"""Exports: transitions from a queue, or one to replay; and snapshots, from a schedule or the queue."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from customization_jobs.aws.bucket import BucketError
from customization_jobs.aws.queue import QueueError
from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.errors import CustomizationJobsError, ValidationException
from customization_jobs.export.progress import Progress
from customization_jobs.export.snapshot import SnapshotExport
from customization_jobs.export.transition_event import (
    ExportedTransition,
    MalformedTransitionError,
    read_transition,
)
from customization_jobs.export.transitions import TransitionExport
from customization_jobs.timeouts import invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.entrypoints.export_log import ExportLog

# For one part of a snapshot: read a page, write the part, and store the progress or the complete snapshot.
_CALLS_OF_A_SNAPSHOT = 3


class ExportError(CustomizationJobsError):
    """An invocation could export nothing.

    It is not in the error contract: only Lambda's queue poller, the schedule and the replay of dead letters
    receive it.
    """

    retry_helps = True


@dataclass(slots=True)
class _Batch:
    """What the records of a queue contain.

    Attributes
    ----------
    transitions : dict
        By the id of the transition, with the ids of the records that contain it.
    snapshots : dict
        The progress of snapshots to continue, by the id of the record.
    malformed : list of str
        The ids of records that contain neither.
    """

    transitions: dict[str, tuple[ExportedTransition, list[str]]] = field(default_factory=dict)
    snapshots: dict[str, Progress] = field(default_factory=dict)
    malformed: list[str] = field(default_factory=list)


class ExportEntryPoint(EntryPoint):
    """Answers the events of the watch's bus, and `{"export": {"snapshot": ...}}`.

    Parameters
    ----------
    call_seconds : float
        Longest duration of one call to AWS.
    """

    def __init__(
        self,
        transitions: TransitionExport,
        snapshots: SnapshotExport,
        log: "ExportLog",
        *,
        call_seconds: float,
    ) -> None:
        self._transitions = transitions
        self._snapshots = snapshots
        self._log = log
        self._call_seconds = call_seconds

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Export the transitions and continue the snapshots in a queue's records, or just one of these.

        Delivery: at least once. A record is repeated until its transition is written, or its snapshot has
        advanced.

        Returns
        -------
        dict
            For records: `batchItemFailures`, the records that SQS delivers again and finally moves to the
            dead-letter queue, including malformed ones. For one event: `exported`, its id. For a snapshot:
            `snapshot`, its time; `complete`, false if another invocation continues it; and the numbers of
            `jobs` that are written and of `unreadable` records.

        Raises
        ------
        ExportError, WatchUnavailableException
            Nothing could be exported.
        ValidationException
            The single event, or the input of the snapshot, is malformed.
        """
        try:
            if "export" in event:
                return self._answer_snapshot(event["export"], context)
            if "Records" in event:
                return self._answer_records(event["Records"], context)
            return self._answer_event(event, context)
        finally:
            self._log.end()

    def _answer_snapshot(self, given: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        try:
            progress = self._run(Progress.from_json(given), context)
        except (BucketError, QueueError) as error:
            raise ExportError(f"The snapshot could not be exported: {error}.") from error
        return {
            "snapshot": progress.snapshot_at,
            "complete": progress.start is None,
            "jobs": progress.jobs,
            "unreadable": progress.unreadable,
        }

    def _answer_event(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        try:
            transition = read_transition(event)
        except MalformedTransitionError as error:
            raise ValidationException(f"The event cannot be exported: {error}.") from error
        if reasons := self._write([transition], context):
            raise ExportError(f"The transition could not be exported: {reasons[transition.id]}.")
        return {"exported": transition.id}

    def _answer_records(
        self, records: Sequence[Mapping[str, Any]], context: "LambdaContext"
    ) -> dict[str, Any]:
        batch = self._read(records)
        problems: dict[str, str] = {}
        unwritten = self._write([each for each, _ in batch.transitions.values()], context)
        for transition_id, problem in unwritten.items():
            problems |= dict.fromkeys(batch.transitions[transition_id][1], problem)
        for record_id, progress in batch.snapshots.items():
            if problem := self._attempt(progress, context):
                problems[record_id] = problem
        for problem in sorted(set(problems.values())):
            self._log.logger.warning(
                "Export failed", reason=problem, records=list(problems.values()).count(problem)
            )
        if problems and len(problems) + len(batch.malformed) == len(records):
            raise ExportError(f"Nothing could be exported: {next(iter(problems.values()))}.")
        return {"batchItemFailures": [{"itemIdentifier": each} for each in (*batch.malformed, *problems)]}

    def _read(self, records: Sequence[Mapping[str, Any]]) -> _Batch:
        batch = _Batch()
        for record in records:
            record_id = record["messageId"]
            try:
                content = _json(record.get("body"))
                if isinstance(content, Mapping) and isinstance(content.get("export"), Mapping):
                    batch.snapshots[record_id] = Progress.from_json(content["export"])
                else:
                    transition = read_transition(content)
                    batch.transitions.setdefault(transition.id, (transition, []))[1].append(record_id)
            except (MalformedTransitionError, ValidationException) as error:
                self._log.logger.warning(
                    "Export refused", error=type(error).__name__, reason=str(error), record=record_id
                )
                batch.malformed.append(record_id)
        return batch

    def _write(self, transitions: Sequence[ExportedTransition], context: "LambdaContext") -> dict[str, str]:
        return self._transitions.write(transitions, self._deadline(context, calls=1))

    def _run(self, progress: Progress, context: "LambdaContext") -> Progress:
        return self._snapshots.run(progress, self._deadline(context, calls=_CALLS_OF_A_SNAPSHOT))

    def _attempt(self, progress: Progress, context: "LambdaContext") -> str:
        """Continue a snapshot; return the problem, or nothing."""
        try:
            self._run(progress, context)
        except (BucketError, QueueError, CustomizationJobsError) as error:
            return str(error)
        except Exception as error:
            # The batch's transitions are written even if a snapshot fails.
            self._log.logger.exception("Snapshot failed")
            return repr(error)
        return ""

    def _deadline(self, context: "LambdaContext", *, calls: int) -> Callable[[], bool]:
        return invocation_deadline(context, calls * self._call_seconds).has_passed


def _json(body: Any) -> Any:
    try:
        return json.loads(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedTransitionError("the record's body is not JSON") from error
