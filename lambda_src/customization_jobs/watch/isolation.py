"""Keeping a failure that concerns one job away from all others."""

import traceback
from collections.abc import Callable
from typing import TypeVar

from customization_jobs.errors import CustomizationJobsError, InternalServerException, Origin

Result = TypeVar("Result")


def isolated(subject: str, step: Callable[[], Result]) -> Result | CustomizationJobsError:
    """Return the result of a step that concerns only its subject, or the error that the step raised.

    An unforeseen exception becomes an `InternalServerException` of the service. The traceback is for the log.
    """
    try:
        return step()
    except CustomizationJobsError as error:
        return error
    except Exception as exception:  # noqa: BLE001 - whatever it is, it concerns only the subject
        failure = InternalServerException(f"The watch failed for {subject}: {exception!r}.")
        failure.origin = Origin.SERVICE
        failure.log_details = "".join(traceback.format_exception(exception))
        return failure
