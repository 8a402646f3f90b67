"""The coverage of a source: whether its jobs could be listed; if not, since when and why."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from customization_jobs.sources import Source
from customization_jobs.timestamps import format_timestamp, parse_timestamp_or_none

# The names of `SourceCoverage.row`, in order.
ROW_FIELDS = ("account", "region", "state", "deniedBy", "reason", "since", "asOf", "jobs")
# Failures in a row after which a source counts as dark. A denial is not transient, so one suffices.
_FAILURES_UNTIL_DARK = 2


class State(StrEnum):
    """The states of a source, as the last attempt to list its jobs left it."""

    LISTED = "listed"
    DENIED = "denied"
    THROTTLED = "throttled"
    FAILED = "failed"
    LATE = "late"


class DeniedBy(StrEnum):
    """What denied the hub access.

    AWS STS gives the same answer for a role that does not exist and for one whose trust policy leaves out the
    hub, unless its message names the policy. A resource control policy counts as a service control policy:
    both are the organization's. `PERMISSIONS` are those of the member role, or of the hub's own role.
    """

    ROLE_OR_TRUST = "roleMissingOrTrust"
    TRUST = "trust"
    SERVICE_CONTROL_POLICY = "serviceControlPolicy"
    PERMISSIONS = "permissions"
    REGION = "regionNotEnabled"


class SourceFailure(NamedTuple):
    """Why a source could not be listed.

    Attributes
    ----------
    is_accessible : bool
        Whether its jobs could be read nevertheless, but not all of them recorded. Such a source does not go
        dark.
    """

    state: State
    reason: str
    denied_by: DeniedBy | None = None
    is_accessible: bool = False


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """The coverage of one source.

    Attributes
    ----------
    state : State
        Of the last attempt; see `at` for the state at a later time.
    since : datetime
        Since when the source has been in this state.
    attempted : datetime
        Start of the last attempt.
    as_of : datetime or None
        Start of the last complete listing; None if there has been none.
    reason : str or None
        Why the source was not listed, for people.
    failures : int
        Number of sweeps in a row that could not read the source.
    dark_id : str or None
        Id of the `SourceDark` event that was published last, until a `SourceBack` follows it.
    jobs : int
        Number of jobs in the last complete listing.
    totals : mapping
        The totals of the last complete listing (`fleet.totals`).
    sweep : str
        Name of the sweep that made the last attempt. A repeated attempt of the same sweep does not count as a
        further failure.
    version : int
        Number of writes, which guards each write; 0 before the first.
    """

    source: Source
    state: State
    since: datetime
    attempted: datetime
    as_of: datetime | None = None
    denied_by: DeniedBy | None = None
    reason: str | None = None
    failures: int = 0
    dark_id: str | None = None
    jobs: int = 0
    totals: Mapping[str, Any] = field(default_factory=dict)
    sweep: str = ""
    version: int = 0

    @classmethod
    def unlisted(cls, source: Source, since: datetime) -> "SourceCoverage":
        """Return the coverage of a source that no sweep has attempted since it was chosen."""
        return cls(source, State.LATE, since, since, reason="No sweep has listed this source yet.")

    def with_listed(
        self, at: datetime, jobs: int, totals: Mapping[str, Any], *, sweep: str = ""
    ) -> "SourceCoverage":
        """Add a complete listing that started at a time."""
        return replace(
            self,
            state=State.LISTED,
            since=self.since if self.state is State.LISTED else at,
            attempted=at,
            as_of=at,
            denied_by=None,
            reason=None,
            failures=0,
            jobs=jobs,
            totals=totals,
            sweep=sweep,
        )

    def with_failure(self, at: datetime, failure: SourceFailure, *, sweep: str = "") -> "SourceCoverage":
        """Add an attempt that started at a time and did not list the source."""
        is_repeated = bool(self.failures and sweep and sweep == self.sweep)
        is_known = self.failures > 0 or self.reason == failure.reason
        return replace(
            self,
            state=failure.state,
            since=self.since if self.state is failure.state and is_known else at,
            attempted=at,
            denied_by=failure.denied_by,
            reason=failure.reason,
            failures=0 if failure.is_accessible else self.failures + (not is_repeated),
            sweep=sweep,
        )

    def at(self, now: datetime, late_after: timedelta) -> "SourceCoverage":
        """Return the coverage at a later time: a listing that is too old is late."""
        if self.state is not State.LISTED or self.as_of is None or now - self.as_of <= late_after:
            return self
        reason = "The last listing is too old: sweeps of the fleet do not run, or do not finish."
        return replace(self, state=State.LATE, since=self.as_of + late_after, reason=reason)

    def was_attempted_since(self, time: datetime) -> bool:
        """Whether an attempt that started at a time, or later, is stored."""
        return self.version > 0 and self.attempted >= time

    def was_attempted_by(self, sweep: str, started: datetime) -> bool:
        """Whether an attempt of a sweep, or a later one, is stored. The clocks of functions can differ."""
        return (self.version > 0 and self.sweep == sweep) or self.was_attempted_since(started)

    @property
    def is_listed(self) -> bool:
        """Whether the last attempt listed all jobs."""
        return self.state is State.LISTED

    @property
    def is_dark(self) -> bool:
        """Whether the source is inaccessible, and not transiently."""
        return self.state is State.DENIED or self.failures >= _FAILURES_UNTIL_DARK

    def with_dark_id(self, dark_id: str | None) -> "SourceCoverage":
        """Mark which event of the source was published last."""
        return replace(self, dark_id=dark_id)

    def next_dark_id(self) -> str:
        """Return the id of the `SourceDark` event, the same until the source is listed again.

        The cause of the failures may change meanwhile, and with it `state` and `since`.
        """
        parts = f"{self.source}\n{format_timestamp(self.as_of) if self.as_of else 'never listed'}"
        return hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return everything except the version, and the source, which is the key."""
        return {
            "state": str(self.state),
            "since": format_timestamp(self.since),
            # To the microsecond, because it is compared with the start of a sweep.
            "attempted": self.attempted.isoformat(),
            "asOf": format_timestamp(self.as_of) if self.as_of else None,
            "deniedBy": str(self.denied_by) if self.denied_by else None,
            "reason": self.reason,
            "failures": self.failures,
            "darkId": self.dark_id,
            "jobs": self.jobs,
            "totals": dict(self.totals),
            "sweep": self.sweep,
        }

    @classmethod
    def from_json(cls, source: Source, written: Mapping[str, Any], version: int) -> "SourceCoverage":
        """Read what `to_json` returned.

        Raises
        ------
        AttributeError, KeyError, TypeError, ValueError
            The value is something else.
        """
        return cls(
            source=source,
            state=State(written["state"]),
            since=_time(written["since"]),
            attempted=_time(written["attempted"]),
            as_of=parse_timestamp_or_none(written["asOf"]),
            denied_by=DeniedBy(written["deniedBy"]) if written["deniedBy"] else None,
            reason=written["reason"],
            failures=int(written["failures"]),
            dark_id=written["darkId"],
            jobs=int(written["jobs"]),
            totals=dict(written["totals"]),
            sweep=str(written.get("sweep", "")),
            version=version,
        )

    def row(self) -> dict[str, Any]:
        """Return the coverage as answers contain it, without absent fields."""
        fields = {
            "account": self.source.account,
            "region": self.source.region,
            "state": str(self.state),
            "deniedBy": str(self.denied_by) if self.denied_by else None,
            "reason": self.reason,
            "since": format_timestamp(self.since),
            "asOf": format_timestamp(self.as_of) if self.as_of else None,
            "jobs": self.jobs if self.as_of else None,
        }
        return {name: value for name, value in fields.items() if value is not None}


def _time(text: object) -> datetime:
    time = parse_timestamp_or_none(text)
    if time is None:
        raise ValueError(f"not a time: {text!r}")
    return time
