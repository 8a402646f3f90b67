"""A fleet in memory: documents of coverage, and a listing of jobs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customization_jobs.aws.table import Document, VersionConflict
from customization_jobs.errors import Problem
from customization_jobs.fleet.coverage import DeniedBy, SourceCoverage, SourceFailure, State
from customization_jobs.fleet.coverage_store import CoverageStore
from customization_jobs.fleet.coverage_summary import CurrentCoverage
from customization_jobs.fleet.documents import Documents
from customization_jobs.fleet.query import FleetQueryContract
from customization_jobs.fleet.reports import FleetReports
from customization_jobs.fleet.totals import SourceTotals, TotalsContext
from customization_jobs.listing.query import QueryContract
from customization_jobs.sources import FleetChoice, Source
from customization_jobs.timeouts import Deadline
from tests.fakes import NOW, Job, job

HOUR = timedelta(hours=1)
ACCOUNTS = ("111122223333", "444455556666", "777788889999")
REGIONS = ("us-east-1", "us-west-2")
CHOICE = FleetChoice(Source(ACCOUNTS[0], REGIONS[0]), REGIONS, ACCOUNTS)
LATE_AFTER = HOUR
DENIAL = SourceFailure(State.DENIED, "An SCP denies <b>it</b>.", DeniedBy.SERVICE_CONTROL_POLICY)


@dataclass
class InMemoryDocuments:
    """Documents with the guarantees of `VersionedTable`."""

    documents: dict[str, Document] = field(default_factory=dict)

    def get(self, key: str) -> Document | None:
        return self.documents.get(key)

    def get_many(
        self,
        keys: Iterable[str],
        *,
        consistent: bool = False,  # noqa: ARG002 - it always is
    ) -> Mapping[str, Document]:
        return {key: self.documents[key] for key in keys if key in self.documents}

    def put(self, key: str, document: Document) -> Document:
        stored = self.documents.get(key)
        if document.version != (stored.version if stored else 0):
            raise VersionConflict
        self.documents[key] = Document(document.body, document.version + 1)
        return self.documents[key]


@dataclass(frozen=True)
class FakeQuery:
    given: Mapping[str, Any]

    @property
    def account(self) -> str | None:
        return self.given.get("account")

    @property
    def region(self) -> str | None:
        return self.given.get("region")


class FakeQueries:
    """Parses queries as the contract of the fleet does."""

    def __init__(self, contract: QueryContract) -> None:
        # The tokens of the fake listing are numbers.
        token = {"nextToken": contract.inputs["nextToken"]}
        self._contract = contract.with_inputs({**FleetQueryContract(contract).inputs, **token})
        self.inputs = self._contract.inputs

    def check_text(
        self, parameters: Mapping[str, Sequence[str]], also: Sequence[str] = ()
    ) -> tuple[FakeQuery, list[Problem]]:
        query, problems = self._contract.check_text(parameters, also)
        return FakeQuery(query.parameters), problems

    def check_json(
        self, payload: Mapping[str, Any], also: Sequence[str] = ()
    ) -> tuple[FakeQuery, list[Problem]]:
        query, problems = self._contract.check_json(payload, also)
        return FakeQuery(query.parameters), problems


@dataclass(frozen=True)
class FakePage:
    jobs: list[Job]
    sources: frozenset[Source]
    next_token: str | None = None
    stopped_by: str | None = None


@dataclass
class FakeListing:
    """Lists jobs in the given order; a token is an offset."""

    jobs: list[Job]
    calls: list[tuple[int, int]] = field(default_factory=list)

    def list_page(
        self,
        query: FakeQuery,
        _deadline: Deadline,
        *,
        max_bytes: int,
        max_jobs: int,
        form: Callable[[Any], Any],  # noqa: ARG002 - it limits no sizes
    ) -> FakePage:
        self.calls.append((max_bytes, max_jobs))
        given = query.given
        selected = [
            each
            for each in self.jobs
            if all(each[name] == given.get(name, each[name]) for name in ("account", "region"))
            and given.get("statusEquals", each["status"]) == each["status"]
        ]
        start = int(given.get("nextToken", 0))
        end = start + given.get("maxResults", max_jobs)
        page = selected[start:end]
        sources = frozenset(Source(each["account"], each["region"]) for each in page)
        if end < len(selected):
            return FakePage(page, sources, str(end), "maxResults")
        return FakePage(page, sources)


def arn(source: Source, number: int) -> str:
    name = "model-customization-job/amazon.nova-lite-v1:0:300k"
    return f"arn:aws:bedrock:{source.region}:{source.account}:{name}/{number:012x}"


def job_in(source: Source, number: int, **fields: Any) -> Job:
    return job(number, jobArn=arn(source, number), **fields)


class Fleet:
    """Six sources: three are listed, one is denied after a listing, one is late, one was never listed."""

    def __init__(
        self, contract: QueryContract, at: datetime = NOW, documents: Documents | None = None
    ) -> None:
        self.now = at
        self.contract = contract
        self.context = TotalsContext(lambda _: 3600.0, contract.statuses, contract.customization_types)
        self.documents = InMemoryDocuments()
        self.store = CoverageStore(documents or self.documents)
        self.sources = CHOICE.sources()
        self.store.choose(self.sources, at - 9 * HOUR)
        self.jobs: dict[Source, list[Job]] = {
            source: [
                job_in(source, 10 * place + number, status=status, created=at - (place + number) * HOUR)
                for number, status in enumerate(("InProgress", "Failed", "Completed"))
            ]
            for place, source in enumerate(self.sources[:5])
        }
        for place, (source, jobs) in enumerate(self.jobs.items()):
            self.list(source, jobs, at - timedelta(minutes=place) - (place == 4) * 3 * HOUR)
        self.store.update(self.sources[3], at, lambda known: known.with_failure(at, DENIAL))
        self.listing = FakeListing(
            [
                {**each, "account": source.account, "region": source.region}
                for source, jobs in self.jobs.items()
                for each in jobs
            ]
        )

    def list(self, source: Source, jobs: list[Job], at: datetime) -> None:
        """Store a complete listing of a source."""
        totals = SourceTotals(self.context, at)
        totals.add(jobs)

        def listed(known: SourceCoverage) -> SourceCoverage:
            return known.with_listed(at, totals.jobs, totals.to_json())

        self.store.update(source, at, listed)

    @property
    def coverage(self) -> CurrentCoverage:
        return CurrentCoverage(lambda: self.store, CHOICE, late_after=LATE_AFTER, now=lambda: self.now)

    def reports(self) -> FleetReports:
        return FleetReports(self.coverage, self.contract, lambda: self.listed_jobs, limit_of=lambda _: 3600.0)

    @property
    def listed_jobs(self) -> tuple[FakeQueries, FakeListing]:
        return FakeQueries(self.contract), self.listing
