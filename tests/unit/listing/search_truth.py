"""Jobs, queries with filters, and a second implementation of which jobs these select."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from customization_jobs.limits import Limits
from customization_jobs.listing.filters import JobFacts
from tests.fakes import NOW, Job, job, text

STATUSES = ("InProgress", "Completed", "Failed", "Stopping", "Stopped")
ENDED = ("Completed", "Failed", "Stopped")
TYPES = ("FINE_TUNING", "DISTILLATION", None)
MODELS = ("amazon.nova-lite-v1:0:300k", "meta.llama3-2-1b-instruct-v1:0:128k")
LIMITS = Limits(default=7200, by_base_model={"nova-lite": 3600})
CATEGORIES = ("permissions", "size", None)
TAGS: tuple[Mapping[str, str] | None, ...] = ({"team": "search"}, {"team": "ads", "cost=center": "7"}, None)


def number_of(arn: str) -> int:
    return int(arn.rpartition("/")[2], 16)


def facts(arn: str) -> JobFacts:
    number = number_of(arn)
    return JobFacts(CATEGORIES[number % 3], TAGS[number // 3 % 3])


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    number = draw(st.integers(0, 10**6))
    created = NOW - timedelta(milliseconds=draw(st.integers(0, 5) | st.integers(0, 10 * 3_600_000)))
    status = draw(st.sampled_from(STATUSES))
    changed = created + timedelta(seconds=draw(st.integers(0, 7200)))
    customization_type = draw(st.sampled_from(TYPES))
    return job(
        number,
        created=created,
        status=status,
        baseModelArn=f"arn:aws:bedrock:us-east-1::foundation-model/{draw(st.sampled_from(MODELS))}",
        **({"customizationType": customization_type} if customization_type else {}),
        **(draw(st.sampled_from([{}, {"lastModifiedTime": text(changed)}]))),
        **({"endTime": text(changed)} if status in ENDED and draw(st.booleans()) else {}),
        **(draw(st.sampled_from([{}, {"customModelName": "tone-model"}, {"customModelArn": "arn:aws:x/y"}]))),
    )


TIMES = st.sampled_from(["-1h", "-P1D", "PT90M", text(NOW - timedelta(hours=2)), "2026-03-01T09:30[UTC]"])
DURATIONS = st.sampled_from(["0s", "30m", "PT1H", "2h"])
FILTERS: dict[str, st.SearchStrategy[Any]] = {
    "where.status": st.lists(st.sampled_from(STATUSES), min_size=1, max_size=3) | st.sampled_from(STATUSES),
    "where.customizationType": st.sampled_from(["FINE_TUNING", ["DISTILLATION", "IMPORTED"]]),
    "where.baseModel": st.sampled_from(["nova-lite", "meta.llama3-2-1b-instruct-v1:0:128k", "titan"]),
    "where.outputModel": st.sampled_from(["tone", "arn:aws:x/y"]),
    "where.lastModifiedAfter": TIMES,
    "where.lastModifiedBefore": TIMES,
    "where.endedAfter": TIMES,
    "where.endedBefore": TIMES,
    "where.durationAtLeast": DURATIONS,
    "where.durationAtMost": DURATIONS,
    "where.stuck": st.booleans(),
    "where.failureCategory": st.sampled_from(["permissions", ["unknown", "size"]]),
    "where.tag": st.sampled_from(["team", "team=ads", ["team=ads", "cost=center=7"], "team=sales"]),
    "creationTimeAfter": TIMES,
    "creationTimeBefore": TIMES,
    "statusEquals": st.sampled_from(STATUSES),
    "nameContains": st.just("support"),
    "sortOrder": st.sampled_from(["Ascending", "Descending"]),
    "maxResults": st.integers(1, 7),
}
SECONDS = {"-1h": 3600, "-P1D": 86400, "PT90M": 5400, "0s": 0, "30m": 1800, "PT1H": 3600, "2h": 7200}
PAYLOADS = st.fixed_dictionaries({}, optional=FILTERS).filter(
    lambda payload: any(name.startswith("where.") for name in payload)
)


def the_time(written: str) -> datetime:
    if written in SECONDS:
        return NOW - timedelta(seconds=SECONDS[written])
    return datetime.fromisoformat(written.replace("T09:30[UTC]", "T09:30:00Z")).astimezone(UTC)


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def expected(each: Job, name: str, value: Any) -> bool:  # noqa: C901, PLR0911, PLR0912 - one branch for each filter
    """Whether a job matches one filter, by an implementation that is independent of the code's."""
    created = datetime.fromisoformat(each["creationTime"])
    modified = datetime.fromisoformat(each["lastModifiedTime"]) if "lastModifiedTime" in each else None
    has_ended = each["status"] in ENDED
    end = (datetime.fromisoformat(each["endTime"]) if "endTime" in each else modified) if has_ended else None
    age = (NOW - created).total_seconds()
    duration = ((end - created).total_seconds() if end else None) if has_ended else age
    known = facts(each["jobArn"])
    match name.removeprefix("where."):
        case "status" | "statusEquals":
            return each["status"] in listed(value)
        case "customizationType":
            return each.get("customizationType") in listed(value)
        case "baseModel":
            return value in each["baseModelArn"]
        case "outputModel":
            return value in each.get("customModelName", "") or value in each.get("customModelArn", "")
        case "lastModifiedAfter":
            return modified is not None and modified > the_time(value)
        case "lastModifiedBefore":
            return modified is not None and modified < the_time(value)
        case "endedAfter":
            return end is not None and end > the_time(value)
        case "endedBefore":
            return end is not None and end < the_time(value)
        case "durationAtLeast":
            return duration is not None and duration >= SECONDS[value]
        case "durationAtMost":
            return duration is not None and duration <= SECONDS[value]
        case "stuck":
            limit = 3600 if "nova-lite" in each["baseModelArn"] else 7200
            return (each["status"] == "InProgress" and age > limit) is value
        case "failureCategory":
            return each["status"] == "Failed" and (known.failure_category or "unknown") in listed(value)
        case "tag":
            pairs = {f"{key}={content}" for key, content in (known.tags or {}).items()}
            return all(tag in pairs or tag in (known.tags or {}) for tag in listed(value))
        case "creationTimeAfter":
            return created > the_time(value)
        case "creationTimeBefore":
            return created < the_time(value)
        case _:
            return True


def is_valid(payload: Mapping[str, Any]) -> bool:
    pairs = ("creationTime", "where.lastModified", "where.ended")
    times = all(
        the_time(payload[f"{name}After"]) <= the_time(payload[f"{name}Before"])
        for name in pairs
        if f"{name}After" in payload and f"{name}Before" in payload
    )
    return times and SECONDS[payload.get("where.durationAtLeast", "0s")] <= SECONDS.get(
        payload.get("where.durationAtMost", ""), 10**9
    )


JOBS = st.lists(jobs(), max_size=25, unique_by=lambda each: each["jobArn"])
