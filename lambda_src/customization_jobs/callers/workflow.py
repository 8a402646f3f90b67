"""Contract 3: Step Functions and direct invokes get everything that fits, and errors as exceptions."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.bedrock import JobPages
from customization_jobs.cursor import Cursor, CursorError, fingerprint
from customization_jobs.errors import Problem, ValidationException
from customization_jobs.listing import Budget, collect
from customization_jobs.observability import Observability
from customization_jobs.query import JobQuery, QueryContract

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.callers.overview import Overviews

_TOKEN_ALLOWED = "the nextToken of an earlier answer to the same query"  # noqa: S105 - words, not a secret


class WorkflowCaller:
    """Answers `lambda:invoke`.

    Parameters
    ----------
    bedrock : JobPages
        Where jobs come from.
    contract : QueryContract
        What a query may be.
    observability : Observability
        Told how many jobs were delivered.
    reserve_seconds : float
        No page is begun with less time left than this.
    overviews : callable
        Makes who answers `{"overview": true}`, when it is first asked for.
    """

    def __init__(
        self,
        bedrock: JobPages,
        contract: QueryContract,
        observability: Observability,
        *,
        reserve_seconds: float,
        overviews: Callable[[], "Overviews"],
    ) -> None:
        self._bedrock = bedrock
        self._contract = contract
        self._observability = observability
        self._reserve_seconds = reserve_seconds
        self._overviews = overviews

    def answer(self, event: Mapping[str, Any] | None, context: "LambdaContext") -> dict[str, Any]:
        """List what the flat query in `event` selects, or with `{"overview": true}` beside it, sum it up.

        Returns
        -------
        dict
            An overview (`Overview.answer`); or `modelCustomizationJobSummaries`; `counts`, of these jobs by
            status, the known statuses always there; and while there is more, `nextToken` and `stoppedBy`
            ("bytes", "deadline" or "maxResults"). At most 200 KiB as JSON.

        Raises
        ------
        CustomizationJobsError
            By the names of the error contract; `ValidationException` for a bad query, or a token of another.
        """
        event = event or {}
        if "overview" in event:
            return self._overview(event, context)
        query, cursor = self._read(event)
        budget = Budget(lambda: context.get_remaining_time_in_millis() / 1000, self._reserve_seconds)
        with self._observability.listing_segment():
            listing = collect(self._bedrock, query, cursor, budget)
        counts = Counter(dict.fromkeys(self._contract.statuses, 0))
        counts.update(job["status"] for job in listing.jobs)
        self._observability.note(jobs=len(listing.jobs))
        answer: dict[str, Any] = {"modelCustomizationJobSummaries": listing.jobs, "counts": dict(counts)}
        if listing.cursor:
            self._observability.note(stopped_by=str(listing.stopped_by))
            answer |= {"nextToken": listing.cursor.to_token(), "stoppedBy": listing.stopped_by}
        return answer

    def _overview(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        overviews = self._overviews()
        given = dict(event)
        asked = given.pop("overview")
        query, problems = overviews.contract.check_json(given)
        if asked is not True:
            problems.insert(0, Problem("overview", repr(asked)[:80], "true, or leave it out"))
        if problems:
            raise ValidationException.from_problems(problems)
        return overviews.make(
            query, lambda: context.get_remaining_time_in_millis() / 1000 - self._reserve_seconds
        )

    def _read(self, event: Mapping[str, Any]) -> tuple[JobQuery, Cursor]:
        given = dict(event)
        token = given.pop("nextToken", None)
        query, problems = self._contract.check_json(given)
        query = query.ordered()
        cursor = Cursor.start(query)
        if "nextToken" in event:
            problem = Problem("nextToken", self._contract.inputs["nextToken"].shown(token), _TOKEN_ALLOWED)
            try:
                cursor = Cursor.from_token(token)
            except CursorError:
                problems.append(problem)
            else:
                # With other problems the query is not whole, and would look like another one.
                if not problems and cursor.fingerprint != fingerprint(query):
                    problems.append(problem)
        if problems:
            raise ValidationException.from_problems(problems)
        return query, cursor
