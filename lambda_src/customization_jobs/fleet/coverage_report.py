"""The report on the coverage of the fleet: each source with its state, page by page."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from customization_jobs.errors import Problem, ValidationException
from customization_jobs.fleet.coverage_summary import CurrentCoverage, summary
from customization_jobs.fleet.inputs import coverage_contract, selected_source
from customization_jobs.listing.pages import ANSWER_BYTES
from customization_jobs.listing.query import JobQuery, QueryContract
from customization_jobs.sources import Source
from customization_jobs.timestamps import format_timestamp

_DEFAULT_ROWS = 100
# Leaves room for the summary, which has up to `MAX_GAPS` rows.
_ROWS_BYTES = ANSWER_BYTES // 2
_SELECTING = ("account", "region", "state")
_TOKEN_ALLOWED = "the nextToken of an earlier answer to the same query"  # noqa: S105 - a description, not a secret


class CoverageReport:
    """Reports on the coverage of sources.

    Attributes
    ----------
    contract : QueryContract
        The inputs that it accepts.
    """

    def __init__(self, coverage: CurrentCoverage, contract: QueryContract) -> None:
        self.contract = coverage_contract(contract)
        self._coverage = coverage

    def make(self, query: JobQuery) -> dict[str, Any]:
        """Return one page of sources, ordered by account and region, and the summary of all selected ones.

        The summary is of the sources that `account` and `region` select; `state` selects only rows.

        Raises
        ------
        ValidationException
            The token does not belong to this query.
        WatchUnavailableException
            The table does not answer, or refuses.
        """
        given = query.parameters
        after = self._after(given)
        selection = self._coverage.select(*selected_source(query))
        left = [
            each
            for each in selection.sources
            if given.get("state", each.state) == each.state and (after is None or each.source > after)
        ]
        rows: list[dict[str, Any]] = []
        room = _ROWS_BYTES
        for each in left[: int(str(given.get("maxResults", _DEFAULT_ROWS)))]:
            row = each.row()
            room -= len(json.dumps(row))
            if room < 0 and rows:
                break
            rows.append(row)
        report: dict[str, Any] = {
            "asOf": format_timestamp(self._coverage.now()),
            "coverage": summary(selection),
            "sources": rows,
        }
        if len(rows) < len(left):
            report["nextToken"] = _token(given, left[len(rows) - 1].source)
        return report

    def _after(self, given: Mapping[str, Any]) -> Source | None:
        token = given.get("nextToken")
        if token is None:
            return None
        try:
            fingerprint, _, source = (
                base64.b64decode(token, altchars=b"-_", validate=True).decode().partition(" ")
            )
        except ValueError:
            fingerprint, source = "", ""
        last = Source.parse(source)
        if last is None or fingerprint != _fingerprint(given):
            redacted = self.contract.inputs["nextToken"].redacted(token)
            raise ValidationException.from_problems([Problem("nextToken", redacted, _TOKEN_ALLOWED)])
        return last


def _token(given: Mapping[str, Any], last: Source) -> str:
    return base64.urlsafe_b64encode(f"{_fingerprint(given)} {last}".encode()).decode()


def _fingerprint(given: Mapping[str, Any]) -> str:
    selecting = json.dumps([given.get(name) for name in _SELECTING])
    return hashlib.blake2b(selecting.encode(), digest_size=6).hexdigest()
