"""Collects the completed jobs of a sweep for the histories, in bounded memory."""

from collections.abc import Iterable, Mapping

from customization_jobs.eta.history import (
    MAX_JOBS,
    CompletedJob,
    foundation_model,
    model_key,
    newest,
    type_key,
)
from customization_jobs.jobs import Summary

# Distinct types and models are few; this bounds the memory if names are arbitrary.
_MAX_HISTORIES = 100


class CompletedJobs:
    """The newest completed jobs, by the keys of the histories that they belong to."""

    def __init__(self) -> None:
        self._jobs: dict[str, dict[str, CompletedJob]] = {}

    def add(self, summaries: Iterable[Summary]) -> None:
        """Add the completed jobs among summaries, which may be malformed."""
        for summary in summaries:
            job = CompletedJob.from_summary(summary) if isinstance(summary, Mapping) else None
            if job is None:
                continue
            given_type = summary.get("customizationType")
            customization_type = given_type if isinstance(given_type, str) else None
            self._add(type_key(customization_type), job)
            if model := foundation_model(summary.get("baseModelArn")):
                self._add(model_key(customization_type, model), job)

    def by_key(self) -> dict[str, tuple[CompletedJob, ...]]:
        """Return the newest jobs of each history, at most `MAX_JOBS`."""
        return {key: newest(jobs.values()) for key, jobs in self._jobs.items()}

    def _add(self, key: str, job: CompletedJob) -> None:
        if key not in self._jobs and len(self._jobs) == _MAX_HISTORIES:
            return
        jobs = self._jobs.setdefault(key, {})
        jobs[job.id] = job
        if len(jobs) == 2 * MAX_JOBS:
            self._jobs[key] = {each.id: each for each in newest(jobs.values())}
