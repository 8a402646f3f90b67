"""Estimates from the stored histories. A failure of the table never becomes a failure of the caller."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from customization_jobs.eta.expected_end import ExpectedEnd, RunningJob, expected_end
from customization_jobs.eta.history import History, model_key, type_key
from customization_jobs.jobs import Summary

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

# For how long a history is used before it is read again: longer than one answer or one page takes.
_PERIOD = timedelta(seconds=10)
# For how long nothing is read after a failure, so that callers seldom wait for a table that is down or slow.
_PAUSE = timedelta(minutes=1)
# Limits of what is read in a period, because callers wait for it and it takes memory.
_MAX_SECONDS = 3.0
_MAX_HISTORIES = 200


class HistoryReader(Protocol):
    """Reads histories; see `histories.Histories`."""

    def get(self, key: str) -> History:
        """Read a history."""
        ...


class Estimator:
    """Estimates when jobs end.

    Parameters
    ----------
    histories : callable
        Opens the histories when the first estimate is made: most instances never need them.
    """

    def __init__(
        self,
        histories: Callable[[], HistoryReader],
        logger: "Logger",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open = histories
        self._logger = logger
        self._clock = clock
        # The watch processes several jobs at a time.
        self._lock = Lock()
        self._period_started: datetime | None = None
        self._read: dict[str, History] = {}
        self._seconds = 0.0
        self._paused_until: datetime | None = None

    def of_summary(self, summary: Summary, now: datetime) -> ExpectedEnd | None:
        """Return when the job of a summary is expected to end, as `of_running`."""
        job = RunningJob.from_summary(summary)
        return self.of_running(job, now) if job else None

    def of_running(self, job: RunningJob, now: datetime) -> ExpectedEnd | None:
        """Return when a job is expected to end; None if the histories could not be read in time."""
        with self._lock:
            try:
                self._start_period(now)
                of_type = self._history(type_key(job.customization_type), now)
                of_model = (
                    self._history(model_key(job.customization_type, job.model), now)
                    if job.model
                    else History()
                )
                if of_type is None or of_model is None:
                    return None
                return expected_end(job, of_model, of_type, now)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller's own work must go on
                self._paused_until = now + _PAUSE
                self._logger.warning(
                    "The histories could not be read; jobs have no expected end for a minute",
                    error=type(error).__name__,
                    reason=str(error),
                )
                return None

    def _start_period(self, now: datetime) -> None:
        if self._period_started is None or abs(now - self._period_started) >= _PERIOD:
            self._period_started = now
            self._read, self._seconds = {}, 0.0

    def _history(self, key: str, now: datetime) -> History | None:
        if key in self._read:
            return self._read[key]
        is_paused = self._paused_until is not None and now < self._paused_until
        if is_paused or len(self._read) == _MAX_HISTORIES:
            return None
        started = self._clock()
        history = self._read[key] = self._open().get(key)
        self._seconds += self._clock() - started
        if self._seconds > _MAX_SECONDS:
            self._paused_until = now + _PAUSE
        return history
