"""Registering a waiter: its jobs are listed once, and those that have ended are counted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from customization_jobs.aws.bedrock import JobSource
from customization_jobs.errors import (
    BedrockTimeoutException,
    CustomizationJobsError,
    Problem,
    ValidationException,
)
from customization_jobs.jobs import FAILED, STOPPED, TERMINAL
from customization_jobs.listing.scan import ParallelScan
from customization_jobs.waits.matching import listed_job
from customization_jobs.waits.wait_request import WaitRequest
from customization_jobs.waits.waiter import MAX_ENDED_BADLY, MAX_JOBS, EndedJob, Waiter
from customization_jobs.waits.waker import Records, Waker
from customization_jobs.watch.failure import classify, message_of
from customization_jobs.watch.job import Job
from customization_jobs.watch.record import JobRecord

if TYPE_CHECKING:
    from customization_jobs.timeouts import Deadline
    from customization_jobs.waits.fleet_source import FleetSource


class Registration:
    """Registers waiters.

    Parameters
    ----------
    get_job : callable
        Calls `GetModelCustomizationJob` for an ARN, for the reasons of a few failures.
    expires_after : timedelta
        The longest time that a waiter waits.
    thread_initializer : callable
        As for `parallel.in_threads`.
    fleet : callable or None
        Creates what lists the jobs of the fleet. None: there is no fleet.
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
        thread_initializer: Callable[[], Callable[[], None]] = lambda: lambda: None,
        fleet: "Callable[[], FleetSource] | None" = None,
    ) -> None:
        self._source = source
        self._waker = waker
        self._records = records
        self._get_job = get_job
        self._expires_after = expires_after
        self._now = now
        self._thread_initializer = thread_initializer
        self._fleet = fleet

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
            The query selects too many jobs.
        BedrockTimeoutException
            The time ran out before all jobs were listed.
        FleetNotCoveredException
            The query selects sources that are not listed, or none, and the request does not accept that.
        CustomizationJobsError
            An error of the error contract.
        """
        listed = _Listed(keeps_ended=request.follow or request.at_least > 0)
        if not self._list(request, listed, deadline):
            raise BedrockTimeoutException(
                "The time ran out before all jobs of the query were listed. Narrow the query."
            )
        waiter = Waiter(
            token=request.task_token,
            query=request.given_query,
            fail_on=request.fail_on,
            at_least=request.at_least,
            follow=request.follow,
            expires_at=self._now() + self._expires_after,
            pending=tuple(listed.active),
            ended=dict(listed.ended),
            ended_badly=tuple(self._described(listed.badly, request, deadline)),
            fleet=request.fleet_query is not None,
            coverage=listed.coverage,
        )
        if waiter.is_open:
            waiter = waiter._replace(known=frozenset(listed.known))
        if len(waiter.pending) + len(waiter.known) > MAX_JOBS:
            sent = f"{len(waiter.pending) + len(waiter.known)} jobs to remember"
            raise ValidationException.from_problems([Problem("query", sent, f"at most {MAX_JOBS}")])
        settled = self._waker.settle(waiter)
        return {"waiting": len(settled.pending) if settled else 0, "done": settled is None}

    def _list(self, request: WaitRequest, listed: "_Listed", deadline: "Deadline") -> bool:
        """Add the jobs of the query, and return whether that was all of them."""
        if request.fleet_query and self._fleet:
            fleet = self._fleet()
            # The coverage is read first: a source that it calls listed has its jobs in the table when they
            # are read.
            listed.coverage = fleet.coverage(request.fleet_query, accept_gaps=request.accept_gaps)
            # As the last sweeps and events have recorded them: listing every source would take minutes.
            recorded = fleet.jobs.scan(request.fleet_query, deadline)
            for record in recorded:
                listed.add(record.job)
            return recorded.complete
        scan = ParallelScan(
            request.query.scan_source_from(self._source, deadline),
            request.query.parameters,
            deadline,
            initialize_thread=self._thread_initializer(),
        )
        for page in scan:
            for job in filter(None, map(listed_job, page)):
                listed.add(job)
        return scan.complete

    def _described(
        self, ended_badly: list[Job], request: WaitRequest, deadline: "Deadline"
    ) -> Iterator[Mapping[str, Any]]:
        failed = [job.key for job in ended_badly if job.status == FAILED]
        records = self._records.get_many(failed, consistent=False) if failed else {}
        for job in ended_badly:
            record = records.get(job.key)
            reason = record.failure if isinstance(record, JobRecord) else None
            # A reason is useful, but not worth missing the deadline. Bedrock is not called in other accounts.
            is_asked = request.fleet_query is None and not deadline.has_passed()
            if reason is None and job.status == FAILED and is_asked:
                reason = self._reason(job)
            yield EndedJob(job.key, job.arn, job.name, job.status, reason).to_json()

    def _reason(self, job: Job) -> Mapping[str, Any] | None:
        try:
            message = message_of(self._get_job(job.arn))
        except CustomizationJobsError:
            # The answer is useful even without the reason.
            return None
        return classify(message).to_json() if message else None


@dataclass(slots=True)
class _Listed:
    """What is kept of the listed jobs: of those that have ended, only what an answer or a waiter needs.

    Attributes
    ----------
    keeps_ended : bool
        Whether the keys of ended jobs are kept.
    coverage : mapping or None
        Of the sources of the fleet that the query selects.
    """

    keeps_ended: bool
    active: dict[str, None] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    badly: list[Job] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    coverage: Mapping[str, Any] | None = None

    def add(self, job: Job) -> None:
        if job.status not in TERMINAL:
            self.active[job.key] = None
            return
        self.ended[job.status] += 1
        if self.keeps_ended:
            self.known.add(job.key)
        if job.status in (FAILED, STOPPED) and len(self.badly) < MAX_ENDED_BADLY:
            self.badly.append(job)
