"""Contract 4: a schedule's tick leaves metrics and log lines behind, because nobody reads its answer."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from customization_jobs.bedrock import JobPages
from customization_jobs.both_ends import BothEnds
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.listing import Budget
from customization_jobs.observability import Metric, Observability
from customization_jobs.query import QueryContract, unknown_name
from customization_jobs.summaries import LimitOf
from customization_jobs.sweep import ALL_JOBS, SELECTING, SWEEP_NAME, Finding, Sweep

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.watch.round import SweepRound

# Two pages are in memory at a time: of 1000 jobs each, they would take more than 50 MB with all the rest.
_PAGE_SIZE = 600
_INPUTS = ("schedule", "sweep", "query")


class ScheduleCaller:
    """Answers ticks of EventBridge Scheduler, and of the older scheduled rules.

    Parameters
    ----------
    bedrock : JobPages
        Where jobs come from.
    contract : QueryContract
        What a query may be.
    observability : Observability
        Where metrics and findings go.
    region : str
        Bedrock's, a dimension of the metrics.
    limit_of : callable
        How many seconds a job may be in progress; one for longer is a finding.
    reserve_seconds : float
        No page is begun with less time left than this.
    now : callable
        The clock.
    watch : callable or None
        Begins the watch's part of a sweep, given what says that the time is up; None where there is no watch.
    """

    def __init__(
        self,
        bedrock: JobPages,
        contract: QueryContract,
        observability: Observability,
        *,
        region: str,
        limit_of: LimitOf,
        reserve_seconds: float,
        now: Callable[[], datetime],
        watch: "Callable[[Callable[[], bool]], SweepRound] | None" = None,
    ) -> None:
        self._bedrock = bedrock
        self._contract = contract
        self._observability = observability
        self._region = region
        self._limit_of = limit_of
        self._reserve_seconds = reserve_seconds
        self._now = now
        self._watch = watch

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Look at all jobs that the tick's query selects, and leave metrics and findings.

        Delivery: ticks come at least once; a second look at the same moment leaves the same metrics again.
        Findings are logged as they are met, and again by each later tick while they last. A sweep that the
        deadline cut publishes `SweepsIncomplete`, and none of its counts and ages. Where there is a watch, it
        takes in every page; its failure fails the tick after all else is left.

        Returns
        -------
        dict
            `sweep`, `complete`, `jobs`, `pages`, with a watch `watch`: for a person who tries it by hand.

        Raises
        ------
        CustomizationJobsError
            By the names of the error contract: Lambda retries, then its failure destination keeps the tick.
        """
        name, parameters = self._read(event)
        started = time.monotonic()
        sweep = Sweep(
            self._now(), self._limit_of, self._contract.statuses, self._contract.customization_types
        )

        budget = Budget(lambda: context.get_remaining_time_in_millis() / 1000, self._reserve_seconds)
        watch = self._watch(budget.is_out_of_time) if self._watch else None
        if watch:
            watch.begin()
        with self._observability.listing_segment():
            listing = BothEnds(
                self._bedrock,
                parameters,
                budget,
                in_each_thread=self._observability.same_segment(),
            )
            for jobs in listing:
                for finding in sweep.add(jobs):
                    self._log(finding)
                if watch:
                    watch.look(jobs)
                del jobs  # before the next page is read, so that memory stays flat
        complete, count = listing.complete, sweep.by_status.total()
        self._observability.note(sweep=name, complete=complete, jobs=count)
        dimensions = {"Region": self._region, "Sweep": name}
        self._observability.publish(
            dimensions,
            Metric("SweepsCompleted", MetricUnit.Count, int(complete)),
            Metric("SweepsIncomplete", MetricUnit.Count, int(not complete)),
            Metric("PagesRead", MetricUnit.Count, listing.pages_read),
            Metric("ListingTime", MetricUnit.Milliseconds, round((time.monotonic() - started) * 1000)),
        )
        if complete:
            self._publish(sweep, dimensions)
        else:
            self._observability.logger.warning(
                "The deadline cut the sweep: its counts and ages are not published. "
                "Give the function more time, or the schedule a narrower query."
            )
        answer = {"sweep": name, "complete": complete, "jobs": count, "pages": listing.pages_read}
        if watch:
            answer["watch"] = watch.end(self._observability, self._region)
        return answer

    def _read(self, event: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        tick = event if "schedule" in event else _detail(event)
        problems = [unknown_name(name, _INPUTS) for name in tick if name not in _INPUTS]
        name = tick.get("sweep", ALL_JOBS)
        if not isinstance(name, str) or not SWEEP_NAME.fullmatch(name):
            problems.append(Problem("sweep", repr(name)[:80], "1 to 64 letters, digits and ._-"))
        given = tick.get("query", {})
        if isinstance(given, Mapping):
            query, of_query = self._contract.check_json(given)
            problems += of_query
        else:
            problems.append(Problem("query", repr(given)[:80], "an object with inputs of the list call"))
        if name == ALL_JOBS and isinstance(given, Mapping) and SELECTING.intersection(given):
            # Its figures would be taken for those of all jobs, by people and by the alarms.
            problems.append(Problem("sweep", repr(name), "a name of its own, because the query selects"))
        if problems:
            raise ValidationException.from_problems(problems)
        return name, {"maxResults": _PAGE_SIZE, **query.parameters}

    def _log(self, finding: Finding) -> None:
        self._observability.logger.warning(
            finding.what,
            **_told_of(finding.job),
            age_seconds=finding.age_seconds,
            limit_seconds=int(finding.limit_seconds),
        )

    def _publish(self, sweep: Sweep, dimensions: Mapping[str, str]) -> None:
        self._observability.publish(
            dimensions,
            Metric("OldestInProgressAge", MetricUnit.Seconds, int(sweep.oldest_in_progress.total_seconds())),
            Metric("FailedLast24Hours", MetricUnit.Count, sweep.failed_recently),
            Metric("CompletedLast24Hours", MetricUnit.Count, sweep.completed_recently),
        )
        for dimension, counts in (("Status", sweep.by_status), ("CustomizationType", sweep.by_type)):
            for value, count in counts.items():
                self._observability.publish(
                    {**dimensions, dimension: value}, Metric("Jobs", MetricUnit.Count, count)
                )


def _detail(event: Mapping[str, Any]) -> Mapping[str, Any]:
    # Scheduler without an input sends its detail as the text "{}", a scheduled rule as an object.
    detail = event.get("detail") or {}
    if isinstance(detail, str):
        try:
            detail = json.loads(detail)
        except ValueError:
            detail = None
    if not isinstance(detail, Mapping):
        raise ValidationException.from_problems(
            [Problem("detail", "something else than a JSON object", "a JSON object, or nothing")]
        )
    return detail


def _told_of(job: Mapping[str, Any]) -> dict[str, Any]:
    names = ("jobArn", "jobName", "status", "statusDetails", "baseModelArn", "customizationType")
    times = ("creationTime", "lastModifiedTime", "endTime")
    return {name: job[name] for name in (*names, *times) if name in job}
