"""What tools share: queries parsed from arguments, and pages that fit into a result."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from customization_jobs.errors import BedrockTimeoutException, Problem, ValidationException
from customization_jobs.listing.fields import FieldNames, Form, pop_form
from customization_jobs.listing.inputs import FIELDS
from customization_jobs.mcp.arguments import Arguments, as_arguments, outline
from customization_jobs.mcp.result import MAX_BYTES, size
from customization_jobs.timeouts import Deadline

DEFAULT_ROWS = 20
_MAX_ROWS = 100
Query = TypeVar("Query")
# As `QueryContract.check_json`.
Check = Callable[[Mapping[str, Any]], tuple[Query, list[Problem]]]


class Document:
    """The OpenAPI document, from which the schemas of tools are made."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]
        operations = [each["get"] for each in document["paths"].values() if "get" in each]
        self._operations = {each["operationId"]: each for each in operations}

    def arguments(self, operation_id: str, leave_out: Sequence[str] = ()) -> Arguments:
        """Return the arguments of a tool that answers as an operation does."""
        parameters = self._operations[operation_id]["parameters"]
        return Arguments(each for each in parameters if each["name"] not in leave_out)

    def data(self, operation_id: str) -> dict[str, Any]:
        """Return the schema of the data of a tool that answers as an operation does."""
        operation = self._operations[operation_id]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        # With `fields`, each property of an answer can be absent. In lists, `fields` only selects within
        # jobs.
        has_fields = any(each["name"] == FIELDS for each in operation["parameters"])
        return outline(schema, self._schemas, all_optional=has_fields)


def parsed(
    arguments: Arguments, given: Mapping[str, Any], check: Check[Query], names: Callable[[], FieldNames]
) -> tuple[Query, Form]:
    """Parse arguments. Return the query, and what `fields` selects.

    Raises
    ------
    ValidationException
        Describes every problem, by the names of the arguments.
    """
    inputs, problems = arguments.to_inputs(given)
    form, wrong = pop_form(inputs, names)
    query, found = check(inputs)
    if problems := [*problems, *as_arguments(found), *wrong]:
        raise ValidationException.from_problems(problems)
    return query, form


def fitting_page(
    make: Callable[[int], Mapping[str, Any]], wanted: int, deadline: Deadline
) -> Mapping[str, Any]:
    """Return a page of at most the wanted number of rows that fits into a result.

    A page is read again, with half the rows, because only the source of a page knows where the next one
    begins.

    Raises
    ------
    BedrockTimeoutException
        The deadline passed before a page was short enough.
    """
    rows = min(wanted, _MAX_ROWS)
    while True:
        page = make(rows)
        if rows == 1 or size(page) <= MAX_BYTES:
            return page
        rows //= 2
        if deadline.has_passed():
            raise BedrockTimeoutException(
                f"The page was too long, and reading it took too long. Set maxResults to {rows}."
            )
