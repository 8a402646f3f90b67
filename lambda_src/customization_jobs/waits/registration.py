"""Registering a waiter: its jobs are listed once, and those that have ended are counted."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.errors import (
    BedrockTimeoutException,
    CustomizationJobsError,
    Problem,
    UnexpectedAnswerException,
    ValidationException,
)
from customization_jobs.jobs import FAILED, TERMINAL
from customization_jobs.listing.scan import TwoEndedScan
from customization_jobs.waits.wait_request import WaitRequest
from customization_jobs.waits.waiter import MAX_ENDED_BADLY, MAX_PENDING, EndedJob, Waiter
from customization_jobs.waits.waker import Records, Waker
from customization_jobs.watch.failure import classify, message_of
from customization_jobs.watch.job import Job
from customization_jobs.watch.observation import from_summary
from customization_jobs.watch.record import JobRecord

if TYPE_CHECKING:
    from customization_jobs.timeouts import Deadline


class Registration:
    """Registers waiters.

    Parameters
    ----------
    get_job : callable
        Calls `GetModelCustomizationJob` for an ARN, for the reasons of a few failures.
    expires_after : timedelta
        How long a waiter waits at most.
    """

    def __init__(
        self,
        source: JobSource,
        waker: Waker,
        records: Records,
        *,
        get_job: Callable[[str], Mapping[str, Any]],
        expires_after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._source = source
        self._waker = waker
        self._records = records
        self._get_job = get_job
        self._expires_after = expires_after
        self._now = now

    def register(self, request: WaitRequest, deadline: "Deadline") -> dict[str, Any]:
        """Answer a waiter at once if all its jobs have ended, otherwise store it.

        Registering again, as after a lost answer, changes nothing.

        Returns
        -------
        dict
            `waiting`, the number of jobs that have not ended, and `done`, whether the waiter was answered.

        Raises
        ------
        ValidationException
            The query selects too many jobs that have not ended.
        BedrockTimeoutException
            The time ran out before all jobs were listed.
        CustomizationJobsError
            By the names of the error contract.
        """
        jobs = self._list(request, deadline)
        active = [job for job in jobs if job.status not in TERMINAL]
        if len(active) > MAX_PENDING:
            problem = Problem("query", f"{len(active)} jobs that have not ended", f"at most {MAX_PENDING}")
            raise ValidationException.from_problems([problem])
        waiter = Waiter(
            token=request.task_token,
            query=request.given_query,
            fail_on=request.fail_on,
            at_least=request.at_least,
            follow=request.follow,
            expires_at=self._now() + self._expires_after,
            pending=tuple(dict.fromkeys(job.key for job in active)),
        ).with_ended(self._ended([job for job in jobs if job.status in TERMINAL]))
        settled = self._waker.settle(waiter)
        return {"waiting": len(settled.pending) if settled else 0, "done": settled is None}

    def _list(self, request: WaitRequest, deadline: "Deadline") -> list[Job]:
        scan = TwoEndedScan(self._source, request.query.parameters, deadline)
        jobs = [job for page in scan for job in map(_job, page) if job]
        if not scan.complete:
            raise BedrockTimeoutException(
                "The time ran out before all jobs of the query were listed. Narrow the query."
            )
        return jobs

    def _ended(self, jobs: list[Job]) -> list[EndedJob]:
        failed = [job for job in jobs if job.status == FAILED][:MAX_ENDED_BADLY]
        reasons = self._reasons(failed)
        return [EndedJob(job.key, job.arn, job.name, job.status, reasons.get(job.key)) for job in jobs]

    def _reasons(self, failed: list[Job]) -> dict[str, Mapping[str, Any]]:
        reasons: dict[str, Mapping[str, Any]] = {}
        records = self._records.get_many([job.key for job in failed], consistent=False) if failed else {}
        for job in failed:
            record = records.get(job.key)
            known = record.failure if isinstance(record, JobRecord) else None
            reason = known or self._reason(job)
            if reason:
                reasons[job.key] = reason
        return reasons

    def _reason(self, job: Job) -> Mapping[str, Any] | None:
        try:
            message = message_of(self._get_job(job.arn))
        except CustomizationJobsError:
            # The answer is useful without a reason.
            return None
        return classify(message).to_json() if message else None


def _job(summary: Any) -> Job | None:
    try:
        return from_summary(summary).job
    except UnexpectedAnswerException:
        # A malformed summary without an ARN or a status cannot be waited for.
        return None
