"""What the fleet answers: its coverage, the jobs of all sources, and their counts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from local.common.http_client import HttpResponse
from local.demonstration.console import Console
from local.demonstration.fleet.formatting import coverage_line, source_name
from local.demonstration.formatting import counts

_LIST_PATH = "/fleet/model-customization-jobs"
_SHOWN_JOBS = 6
_PAGE_SIZE = 50
# The fleet has fewer pages.
_MOST_PAGES = 100


class AnswerError(Exception):
    """An answer is not what the fleet should answer."""


class FleetAnswers:
    """Asks the fleet over HTTP, and shows the answers.

    Parameters
    ----------
    get : callable
        Requests a path of the API.
    """

    def __init__(self, console: Console, get: Callable[[str], HttpResponse]) -> None:
        self._console = console
        self._get = get

    def show(self) -> bool:
        """Show all answers; return whether all are right."""
        right = [self._show(each) for each in (self._coverage, self._jobs, self._overview)]
        return all(right)

    def _show(self, part: Callable[[], None]) -> bool:
        try:
            part()
        except AnswerError as error:
            self._console.received(str(error), ok=False)
            return False
        return True

    def _coverage(self) -> None:
        self._console.heading("2  The coverage: each source, and why it could not be listed")
        answer = self._answer("/fleet/coverage")
        rows = [
            (
                source_name(row["account"], row["region"]),
                row["state"],
                row.get("deniedBy", ""),
                row.get("asOf", "never")[11:19] or "never",
                str(row.get("jobs", "unknown")),
            )
            for row in answer["sources"]
        ]
        self._console.table(("SOURCE", "STATE", "DENIED BY", "AS OF (UTC)", "JOBS"), rows)
        self._console.line(f"     {coverage_line(answer['coverage'])}")
        if len(rows) != answer["coverage"]["sources"]:
            raise AnswerError(f"{len(rows)} rows for {answer['coverage']['sources']} sources")

    def _jobs(self) -> None:
        self._console.heading("3  A client lists the jobs of the fleet, newest first over all sources")
        pages = list(self._pages())
        jobs = [job for page in pages for job in page["modelCustomizationJobSummaries"]]
        rows = [
            (
                job["creationTime"][:16].replace("T", " "),
                job["status"],
                job["jobName"],
                source_name(job["account"], job["region"]),
            )
            for job in jobs[:_SHOWN_JOBS]
        ]
        self._console.table(("CREATED (UTC)", "STATUS", "NAME", "SOURCE"), rows)
        shown = f"{len(jobs)} jobs on {len(pages)} pages"
        problem = _problem(jobs)
        self._console.line(f"     {shown}{'' if problem else ', each once, in order'}.")
        self._console.line(f"     {coverage_line(pages[-1]['coverage'])}")
        if problem:
            raise AnswerError(problem)

    def _overview(self) -> None:
        self._console.heading("4  The overview counts all sources, and says what the counts leave out")
        answer = self._answer("/fleet/overview")
        self._console.received(f"{answer['jobs']} jobs: {counts(answer['byStatus'])}")
        self._console.line(f"     {coverage_line(answer['coverage'])}")
        for row in answer["coverage"]["gaps"]:
            source = source_name(row["account"], row["region"])
            self._console.line(f"     Not counted: {source}, {row.get('deniedBy', row['state'])}")

    def _pages(self) -> Iterator[Mapping[str, Any]]:
        query: dict[str, Any] = {"maxResults": _PAGE_SIZE}
        for _ in range(_MOST_PAGES):
            page = self._answer(_LIST_PATH, query)
            yield page
            if "nextToken" not in page:
                return
            query["nextToken"] = page["nextToken"]
        raise AnswerError(f"{_LIST_PATH} has no last page")

    def _answer(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        target = f"{path}?{urlencode(query)}" if query else path
        if "nextToken" not in (query or {}):
            self._console.sent(f"GET {target}")
        response = self._get(target)
        if not response.ok:
            raise AnswerError(f"{response.status}: {response.text}")
        return response.json()


def _problem(jobs: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what is wrong with a listing; None if nothing is."""
    times = [job["creationTime"] for job in jobs]
    if not jobs:
        return "No job was listed."
    if len({job["jobArn"] for job in jobs}) != len(jobs):
        return "A job was listed twice."
    return None if times == sorted(times, reverse=True) else "The jobs are not in order."
