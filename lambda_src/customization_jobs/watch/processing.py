"""Processing jobs in groups: reading their records, claiming them, and publishing what is pending."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import TypeAlias

from customization_jobs.aws.batch_reads import MAX_KEYS
from customization_jobs.errors import CustomizationJobsError, WatchUnavailableException
from customization_jobs.watch.claim_result import ClaimCalls, ClaimResult
from customization_jobs.watch.isolation import isolated
from customization_jobs.watch.parallel import Parallel
from customization_jobs.watch.publisher import Publisher
from customization_jobs.watch.record import JobRecord
from customization_jobs.watch.run import Run
from customization_jobs.watch.summary import WatchSummary

# Given a job's record, claims it, or returns the calls that do.
Claim: TypeAlias = Callable[[JobRecord | None], ClaimResult | ClaimCalls]
# Records by key, with an error in place of each that is not readable.
Records: TypeAlias = Mapping[str, JobRecord | WatchUnavailableException]


class Processing:
    """Processes jobs.

    Parameters
    ----------
    get_many : callable
        Reads the records that exist, by key, eventually consistent.
    """

    def __init__(
        self,
        get_many: Callable[[Iterable[str]], Records],
        publisher: Publisher,
        *,
        in_parallel: Parallel,
        now: Callable[[], datetime],
    ) -> None:
        self._get_many = get_many
        self._publisher = publisher
        self._in_parallel = in_parallel
        self._now = now

    def process(self, claims: Iterable[tuple[str, Claim]], summary: WatchSummary, run: Run) -> None:
        """Read the records of jobs, claim them, and publish what is pending."""
        for chunk in _chunks(claims):
            if run.out_of_time() or run.breaker.skips():
                summary.skipped += len(chunk)
                continue
            records = isolated(f"{len(chunk)} jobs", partial(self._get_many, chunk))
            if isinstance(records, CustomizationJobsError):
                summary.add_failure(records, len(chunk), unrecorded=len(chunk))
                run.breaker.add(failed=len(chunk), succeeded=0)
            else:
                self._process_chunk(list(chunk.items()), records, summary, run)

    def _process_chunk(
        self, chunk: list[tuple[str, Claim]], records: Records, summary: WatchSummary, run: Run
    ) -> None:
        done = total_succeeded = 0
        while done < len(chunk) and not (done and run.out_of_time()):
            jobs = chunk[done : done + run.pace.jobs]
            done += len(jobs)
            succeeded = isolated(
                f"{len(jobs)} jobs", partial(self._claim_and_publish, jobs, records, summary, run)
            )
            if isinstance(succeeded, CustomizationJobsError):
                summary.add_failure(succeeded, len(jobs), unrecorded=len(jobs))
            else:
                total_succeeded += succeeded
        summary.skipped += len(chunk) - done
        run.breaker.add(failed=done - total_succeeded, succeeded=total_succeeded)

    def _claim_and_publish(
        self, jobs: list[tuple[str, Claim]], records: Records, summary: WatchSummary, run: Run
    ) -> int:
        """Claim jobs, publish and record their transitions, and return how many jobs had no failure."""
        started, failed_before = self._now(), summary.failed
        claimed = self._claim(jobs, records, summary, run)
        run.pace.add(self._now() - started)
        unclaimed = len(jobs) - len(claimed) - (summary.failed - failed_before)
        if not claimed:
            return unclaimed
        return unclaimed + self._publisher.publish(claimed, summary, run.count_published)

    def _claim(
        self, jobs: list[tuple[str, Claim]], records: Records, summary: WatchSummary, run: Run
    ) -> list[JobRecord]:
        claimed = []
        for result in self._results(jobs, records):
            summary.recorded_only += result.recorded_only
            summary.busy += result.busy
            if result.error:
                summary.add_failure(result.error, unrecorded=1)
            if result.known and run.tags:
                run.tags.add(result.known)
            if result.record:
                claimed.append(result.record)
        return claimed

    def _results(self, jobs: list[tuple[str, Claim]], records: Records) -> Iterator[ClaimResult]:
        """Yield the results in the order of the jobs. Most jobs need no calls, and so no thread."""
        claims = [_claim_job(records.get(key), claim) for key, claim in jobs]
        calls = [claim for claim in claims if not isinstance(claim, ClaimResult)]
        called = iter(self._in_parallel(lambda call: call(), calls))
        for claim in claims:
            yield claim if isinstance(claim, ClaimResult) else next(called)


def _claim_job(
    record: JobRecord | WatchUnavailableException | None, claim: Claim
) -> ClaimResult | ClaimCalls:
    return ClaimResult(error=record) if isinstance(record, Exception) else claim(record)


def _chunks(claims: Iterable[tuple[str, Claim]]) -> Iterator[dict[str, Claim]]:
    """Yield chunks without duplicate jobs: a job's second observation has to see the result of its first."""
    chunk: dict[str, Claim] = {}
    for key, claim in claims:
        if len(chunk) == MAX_KEYS or key in chunk:
            yield chunk
            chunk = {}
        chunk[key] = claim
    if chunk:
        yield chunk
