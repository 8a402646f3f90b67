"""Plants bugs in what a sweep skips, and reports those that the watch's model does not find."""

import contextlib
import io
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from customization_jobs.timestamps import parse_timestamp_or_none
from customization_jobs.watch import part, sweep_observer
from customization_jobs.watch.part import Part
from customization_jobs.watch.summary import WatchSummary
from customization_jobs.watch.sweep_observer import WatchObserver
from customization_jobs.watch.watch import Watch
from tests.unit.watch.test_model_skips import SkipModel

# Runs that draw different examples: some bugs show in few of them.
_EXAMPLES = (300, 1500)
_MODEL = settings(
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
_YEARS = timedelta(days=10_000)
_DAY = timedelta(days=1)
_at, _recorded, _finish, _next_part = Part.at, Part.recorded, WatchObserver.finish, WatchObserver._next_part  # noqa: SLF001


def _finish_as_if_all_were_listed(self: WatchObserver, **_: bool) -> dict[str, Any]:
    return _finish(self, listed_all_jobs=True)


def _next_part_as_if_in_time(self: WatchObserver, stored: Part, observed: Part, **listed: bool) -> Part:
    with (
        patch.object(self.summary, "skipped", 0),
        patch.object(self, "_deadline", _Timeless()),
    ):
        return _next_part(self, stored, observed, **listed)


class _Timeless:
    def has_passed(self) -> bool:
        return False


def _next_part_as_if_faultless(self: WatchObserver, stored: Part, observed: Part, **listed: bool) -> Part:
    summary = WatchSummary(skipped=self.summary.skipped)
    with patch.object(self, "summary", summary):
        return _next_part(self, stored, observed, **listed)


def _recorded_by_a_part(self: Part, observed: Part, began: datetime) -> Part:
    return _recorded(self, observed._replace(size=1.0), began)


def _at_with_any_time(self: Part, now: datetime, *, listed: bool = False, all_jobs: bool = False) -> Part:
    is_trusted = self.all_at is not None and now - self.all_at < _DAY and self.known_until is not None
    return self if is_trusted and not all_jobs else _at(self, now, listed=listed, all_jobs=all_jobs)


def _at_without_positions(self: Part, now: datetime, *, listed: bool = False, all_jobs: bool = False) -> Part:
    return _at(self, now, listed=listed and self.listed, all_jobs=all_jobs)


def _at_without_tags(self: Part, now: datetime, *, listed: bool = False, all_jobs: bool = False) -> Part:  # noqa: ARG001
    return _at(self, now, listed=listed)


def _last_change(job: Mapping[str, Any]) -> datetime | None:
    return parse_timestamp_or_none(job.get("endTime") or job.get("lastModifiedTime"))


def bugs() -> dict[str, AbstractContextManager[Any]]:
    """Return the bugs, each planted while its context is open."""
    return {
        "the time moves on although a page failed, or the query left out jobs": patch.object(
            WatchObserver, "finish", _finish_as_if_all_were_listed
        ),
        "the time moves on although the sweep was cut": patch.object(
            WatchObserver, "_next_part", _next_part_as_if_in_time
        ),
        "the time moves on although a call failed": patch.object(
            WatchObserver, "_next_part", _next_part_as_if_faultless
        ),
        "the time moves on with a part of the jobs": _together(
            patch.object(Part, "recorded", _recorded_by_a_part),
            patch.object(WatchObserver, "has_recorded_all", lambda _: True),
        ),
        "the time is too recent": patch.object(part, "_CHANGES_FOR", timedelta(0)),
        "the time of a wrong clock is trusted": patch.object(Part, "at", _at_with_any_time),
        "all jobs are never observed again": patch.object(part, "_ALL_JOBS_EVERY", _YEARS),
        "jobs that have not ended are skipped": patch.object(sweep_observer, "ended_at", _last_change),
        "pending transitions of skipped jobs are forgotten": patch.object(
            Watch, "publish_pending", lambda *_: WatchSummary()
        ),
        "records without a position are skipped": patch.object(Part, "at", _at_without_positions),
        "jobs whose tags are not read are skipped": patch.object(Part, "at", _at_without_tags),
    }


@contextlib.contextmanager
def _together(*contexts: AbstractContextManager[Any]) -> Any:
    with contextlib.ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context)
        yield


def model_passes() -> bool:
    """Run the model with each number of examples, until it fails."""
    return all(map(_passes, _EXAMPLES))


def _passes(examples: int) -> bool:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            run_state_machine_as_test(SkipModel, settings=settings(_MODEL, max_examples=examples))
        except TypeError:
            # The bug no longer fits the code that it replaces.
            raise
        except Exception:  # noqa: BLE001 - the model has found the bug, in whatever way it shows
            return False
    return True


def main() -> int:
    """Plant each bug; the exit code is 1 if the model does not find all of them."""
    missed = 0
    for name, bug in bugs().items():
        with bug:
            is_missed = model_passes()
        missed += is_missed
        print("missed" if is_missed else "found ", name, flush=True)
    if not model_passes():
        print("The model fails without a bug.")
        return 2
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
