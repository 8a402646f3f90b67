"""The interface between the dispatcher and the entry points."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.errors import CustomizationJobsError


class EntryPoint:
    """Answers one kind of caller."""

    def answer(self, event: Any, context: "LambdaContext") -> Any:
        """Answer an event of this caller.

        Raises
        ------
        CustomizationJobsError
            An error of the error contract.
        """
        raise NotImplementedError

    def answer_error(self, error: "CustomizationJobsError", event: Any) -> Any:  # noqa: ARG002 - for subclasses
        """Answer an error in the form that the caller expects. By default, raise it."""
        raise error
