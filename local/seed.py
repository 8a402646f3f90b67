"""Believable jobs: what an account of a few busy teams holds after three months."""

import string
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import TypeVar

from local.jobs import Job, Phase

ACCOUNT = "123456789012"
REGION = "us-east-1"
_ID_LETTERS = string.ascii_lowercase + string.digits
# Every so many jobs one shares the instant of the one before it.
_EVERY = 40
# How a job's time divides: validation, data processing, training.
_SHARES = (0.1, 0.2, 0.7)
# How often a team goes on from a model that it has made before.
_GOES_ON = 0.1
_T = TypeVar("_T")

MODELS = {
    "FINE_TUNING": (
        "amazon.nova-lite-v1:0:300k",
        "amazon.nova-micro-v1:0:128k",
        "amazon.titan-text-express-v1:0:8k",
        "meta.llama3-1-8b-instruct-v1:0:128k",
        "anthropic.claude-3-haiku-20240307-v1:0:200k",
    ),
    "CONTINUED_PRE_TRAINING": ("amazon.titan-text-express-v1:0:8k",),
    "DISTILLATION": ("amazon.nova-micro-v1:0:128k", "meta.llama3-1-8b-instruct-v1:0:128k"),
    "REINFORCEMENT_FINE_TUNING": ("amazon.nova-lite-v1:0:300k",),
    "IMPORTED": ("meta.llama3-1-8b-instruct-v1:0:128k",),
}
TEAMS = {
    "support": ("ticket-triage", "reply-drafts", "call-summaries"),
    "search": ("query-rewrite", "intent-routing", "snippets"),
    "legal": ("clause-extraction", "contract-summaries"),
    "risk": ("alert-triage", "claim-notes"),
    "catalog": ("attributes", "product-copy", "translations"),
}
# AWS's own examples: https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html
REASONS = (
    "Could not validate GetObject permissions to access Amazon S3 bucket: training-data at key train.jsonl",
    "Unable to parse Amazon S3 file: train.jsonl. Data files must conform to JSONL format.",
    "Maximum input token count 4097 exceeds limit of 4096",
    "Input size exceeded in file train.jsonl for record starting with...",
    "Encountered an unexpected error when processing the request, please try again",
)


@dataclass(frozen=True, slots=True)
class _Part:
    """What happened to one job: enough to make its dates and its phases agree."""

    status: str
    age_hours: float
    hours: float  # from its creation until it ended, or until now
    customization_type: str = "FINE_TUNING"
    phase: int = 2  # the phase in which it is, or failed, or was stopped


# These come first, so that a demonstration has something to find on any day.
_NEWS = (
    _Part("InProgress", 3, 3),
    _Part("Failed", 5, 2.5, phase=0),
    _Part("Completed", 9, 6),
    _Part("InProgress", 52, 52, "CONTINUED_PRE_TRAINING"),
    _Part("Stopping", 7, 7, "DISTILLATION"),
    _Part("Failed", 14, 11, "REINFORCEMENT_FINE_TUNING"),
    _Part("Stopped", 30, 4, phase=1),
    _Part("Completed", 16, 1, "IMPORTED"),
    _Part("InProgress", 0.2, 0.2, phase=0),
    _Part("InProgress", 77, 77, "REINFORCEMENT_FINE_TUNING"),
    _Part("Completed", 20, 14, "DISTILLATION"),
    _Part("Failed", 26, 8, phase=1),
    _Part("InProgress", 1.5, 1.5, phase=1),
    _Part("InProgress", 131, 131, "DISTILLATION"),
    _Part("Stopping", 12, 12),
)


def believable_jobs(
    count: int = 260,
    *,
    now: datetime | None = None,
    seed: int = 2026,
    region: str = REGION,
    account: str = ACCOUNT,
) -> list[Job]:
    """Make `count` jobs, the same for the same arguments.

    The first fifteen hold every status, every customization type, failures of the last 24 hours and jobs in
    progress for days; the rest ended within the last three months.

    Parameters
    ----------
    count : int
        How many.
    now : datetime or None
        The dates are relative to it; the present when None.
    seed : int
        Another seed, other jobs.
    region, account : str
        What the ARNs name.

    Returns
    -------
    list of Job
        In no particular order. Some were created at the same instant, as jobs started by a script are.
    """
    maker = _Maker(now or datetime.now(UTC), seed, region, account)
    for part in islice(maker.parts(), count):
        maker.add(part)
    return maker.jobs


class _Maker:
    """Makes jobs of parts, and remembers those it has made."""

    def __init__(self, now: datetime, seed: int, region: str, account: str) -> None:
        self.jobs: list[Job] = []
        self._runs: Counter[tuple[str, str]] = Counter()
        self._models: defaultdict[str, list[str]] = defaultdict(list)
        self._now = now
        # Not for secrets: the same jobs at each start are the point.
        self._random = Random(seed)  # noqa: S311
        self._region = region
        self._account = account

    def parts(self) -> Iterator[_Part]:
        yield from _NEWS
        while True:
            yield _Part(
                status=self._one_of(("Completed", "Failed", "Stopped"), (84, 11, 5)),
                age_hours=self._random.uniform(48, 90 * 24),
                hours=self._random.uniform(1, 30),
                customization_type=self._one_of(tuple(MODELS), (60, 12, 14, 8, 6)),
                phase=self._one_of((0, 1, 2), (35, 20, 45)),
            )

    def add(self, part: _Part) -> None:
        created = self._created(part)
        ended = created + timedelta(hours=part.hours)
        phases = () if part.customization_type == "IMPORTED" else _phases(part, created, ended)
        model = self._random.choice(MODELS[part.customization_type])
        name = self._free_name(created)
        identifier = "".join(self._random.choices(_ID_LETTERS, k=12))
        self.jobs.append(
            Job(
                name=name,
                identifier=identifier,
                region=self._region,
                account=self._account,
                base_model_id=model,
                parent_model=self._parent(model),
                customization_type=part.customization_type,
                status=part.status,
                creation_time=created,
                last_modified_time=ended,
                end_time=ended if part.status in ("Completed", "Failed", "Stopped") else None,
                custom_model_name=name,
                phases=phases,
                failure_message=self._random.choice(REASONS) if part.status == "Failed" else None,
            )
        )
        if part.status == "Completed" and part.customization_type != "IMPORTED":
            self._models[model].append(identifier)

    def _created(self, part: _Part) -> datetime:
        if len(self.jobs) % _EVERY == _EVERY - 1:
            return self.jobs[-1].creation_time
        created = self._now - timedelta(hours=part.age_hours)
        return created.replace(microsecond=created.microsecond // 1000 * 1000)

    def _free_name(self, created: datetime) -> str:
        """Name team, purpose and day, and the number of the run where that was taken."""
        team = self._random.choice(tuple(TEAMS))
        stem, day = f"{team}-{self._random.choice(TEAMS[team])}", f"{created:%Y%m%d}"
        self._runs[stem, day] += 1
        run = self._runs[stem, day]
        return f"{stem}{f'-{run}' if run > 1 else ''}-{day}"

    def _parent(self, model: str) -> str | None:
        made = self._models[model]
        return self._random.choice(made) if made and self._random.random() < _GOES_ON else None

    def _one_of(self, values: Sequence[_T], weights: Sequence[int]) -> _T:
        return self._random.choices(values, weights)[0]


def _phases(part: _Part, created: datetime, until: datetime) -> tuple[Phase, ...]:
    """Divide the job's time among the phases that it has reached."""
    last = len(_SHARES) - 1 if part.status == "Completed" else part.phase
    scale = sum(_SHARES[: last + 1])
    phases = []
    start = created
    for number, share in enumerate(_SHARES):
        if number > last:
            phases.append(Phase("NotStarted"))
            continue
        end = until if number == last else start + (until - created) * (share / scale)
        phases.append(Phase(part.status if number == last else "Completed", start, end))
        start = end
    return tuple(phases)
