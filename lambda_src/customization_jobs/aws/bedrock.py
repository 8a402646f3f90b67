"""Adapter for Bedrock's jobs API. It maps every failure to an error of the error contract."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore import xform_name
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectionError,  # noqa: A004 - botocore's name for the base of its connection errors
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)

from customization_jobs.errors import (
    AccessDeniedException,
    BedrockTimeoutException,
    BedrockUnavailableException,
    CustomizationJobsError,
    InternalServerException,
    ResourceNotFoundException,
    ThrottlingException,
    UnexpectedAnswerException,
    ValidationException,
)
from customization_jobs.jobs import MODEL_CUSTOMIZATION, JobKind

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.model import OperationModel

_NOT_ITS_FORMAT = "Bedrock's answer is not in its documented JSON format. Try again later."
# How the list and an ARN begin. Neither can occur in a JSON string, where quotation marks are escaped.
_SUMMARIES = f'"{MODEL_CUSTOMIZATION.summaries}":['.encode()
_ARN = b'"jobArn":'
# A shorter text is not a secret, and can occur in any message.
_MIN_SECRET_LENGTH = 8
# An error of the operations on one job, but not of the list operation.
_NOT_FOUND = "ResourceNotFoundException"
_LIST_TAGS = "ListTagsForResource"
# The errors of the list operation. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListModelCustomizationJobs.html
_LISTED_ERRORS: dict[str, type[CustomizationJobsError]] = {
    error.__name__: error
    for error in (AccessDeniedException, ValidationException, InternalServerException, ThrottlingException)
}


class Page:
    """One answer of the list operation.

    It is parsed on first use: a scan holds several pages at a time, and a parsed page takes 2.6 times the
    memory of its body.

    Attributes
    ----------
    body : bytes
        The body as received; empty if the page was made here.
    age_seconds : int or None
        How long ago it was requested, if it comes from a cache.
    """

    __slots__ = ("_answer", "age_seconds", "body")

    def __init__(
        self, answer: dict[str, Any] | None = None, body: bytes = b"", age_seconds: int | None = None
    ) -> None:
        self._answer = answer
        self.body = body
        self.age_seconds = age_seconds

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON body as sent, including unknown fields and enum values; timestamps are text.

        Raises
        ------
        UnexpectedAnswerException
            The answer is in an undocumented format.
        """
        if self._answer is None:
            answer = _parsed(self.body)
            # The list of summaries is the only indispensable part of a page.
            if not isinstance(answer.get(MODEL_CUSTOMIZATION.summaries), list):
                raise UnexpectedAnswerException(_NOT_ITS_FORMAT)
            self._answer = answer
        return self._answer

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The summaries of this page. A page may be empty and still have a next one."""
        jobs: list[dict[str, Any]] = self.answer[MODEL_CUSTOMIZATION.summaries]
        return jobs

    @property
    def next_token(self) -> str | None:
        """The token of the next page. None on the last one, even if Bedrock sends an empty token."""
        return self.answer.get("nextToken") or None

    @property
    def passes_unread(self) -> bool:
        """Whether the body can be passed on unparsed: parsing takes half the time of a call with 1,000 jobs.

        True if the body is ASCII and looks like an answer by its beginning, its end, and the name of its
        list. Any other body has to be parsed, even a correct one.
        """
        body = self.body
        return body.isascii() and body.startswith(b"{") and body.endswith(b"}") and _SUMMARIES in body

    @property
    def number_of_arns(self) -> int:
        """The number of jobs in an unparsed body, except of malformed ones without an ARN."""
        return self.body.count(_ARN)

    def aged(self, seconds: int) -> "Page":
        """Return the same page with an age."""
        return Page(self._answer, self.body, seconds)


class JobSource(Protocol):
    """A source of jobs, such as Bedrock in one account and region."""

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        """Return one page of jobs; see `Bedrock.list_page`."""
        ...


class Bedrock:
    """The jobs of one kind in one account and region.

    Parameters
    ----------
    client : botocore.client.BaseClient
        A `bedrock` client made by `create_client`.
    """

    def __init__(self, client: "BaseClient", kind: JobKind = MODEL_CUSTOMIZATION) -> None:
        self._client: Any = client
        self._kind = kind

    @property
    def operation(self) -> "OperationModel":
        """The service model of the list operation, the source of the query contract."""
        operation: OperationModel = self._client.meta.service_model.operation_model(self._kind.list_operation)
        return operation

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        """Call the list operation once, with the client's retries.

        Parameters
        ----------
        parameters : mapping
            Inputs by Bedrock's names; timestamps are aware datetimes.

        Raises
        ------
        AccessDeniedException, ValidationException, InternalServerException, ThrottlingException
            Bedrock returned this error, with this message.
        UnexpectedAnswerException
            Bedrock returned an error that the API does not list. An answer in an undocumented format is
            noticed only when the page is used.
        BedrockTimeoutException
            No answer within the client's timeouts and retries.
        BedrockUnavailableException
            No connection.

        Example
        -------
        >>> bedrock.list_page({"statusEquals": "Failed", "maxResults": 5}).jobs
        """
        return Page(body=self._call(self._kind.list_operation, parameters))

    def get_job(self, job_identifier: str) -> dict[str, Any]:
        """Call the get operation for a job's name or ARN, with the client's retries. Returns the JSON body.

        Raises
        ------
        ResourceNotFoundException
            The job does not exist.
        CustomizationJobsError
            As `list_page`.
        """
        return self._call_for_one(self._kind.get_operation, {self._kind.identifier: job_identifier})

    def list_tags(self, job_arn: str) -> list[Any]:
        """Call `ListTagsForResource`. The tags should have a `key` and a `value`, but are not checked.

        Raises
        ------
        ResourceNotFoundException
            The job does not exist.
        CustomizationJobsError
            As `list_page`.
        """
        answer = self._call_for_one(_LIST_TAGS, {"resourceARN": job_arn})
        tags = answer.get("tags")
        if tags is not None and not isinstance(tags, list):
            raise UnexpectedAnswerException(_NOT_ITS_FORMAT)
        return tags or []

    def _call_for_one(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation on one job, which may not exist."""
        try:
            return _parsed(self._call(operation, parameters))
        except UnexpectedAnswerException as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and cause.response["Error"].get("Code") == _NOT_FOUND:
                raise ResourceNotFoundException("Bedrock has no such job.") from cause
            raise

    def _call(self, operation: str, parameters: Mapping[str, Any]) -> bytes:
        """Return the body of the answer."""
        try:
            answer: dict[str, Any] = getattr(self._client, xform_name(operation))(**parameters)
        except ClientError as error:
            raise _named_error(error, parameters.get("nextToken")) from error
        except (ReadTimeoutError, ConnectTimeoutError) as error:
            raise BedrockTimeoutException("Bedrock did not answer in time. Try again later.") from error
        except (ConnectionError, ConnectionClosedError, HTTPClientError) as error:
            raise BedrockUnavailableException("Bedrock could not be reached. Try again later.") from error
        body: bytes = answer["body"]
        return body


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        # Decoded here: json would detect the encoding, and decode more slowly.
        answer = json.loads(body.decode())
    except ValueError as error:
        raise UnexpectedAnswerException(_NOT_ITS_FORMAT) from error
    if not isinstance(answer, dict):
        raise UnexpectedAnswerException(_NOT_ITS_FORMAT)
    return answer


def _named_error(error: ClientError, token: str | None) -> CustomizationJobsError:
    code = error.response["Error"].get("Code", "")
    message = error.response["Error"].get("Message", "")
    if token and len(token) >= _MIN_SECRET_LENGTH:
        # Messages are logged; tokens must not be.
        message = message.replace(token, "(the token)")
    listed = _LISTED_ERRORS.get(code)
    if listed is AccessDeniedException:
        # Bedrock's message contains the role's ARN and the account.
        denied = AccessDeniedException("Bedrock denied the call. The service's log has Bedrock's reason.")
        denied.log_details = message
        return denied
    if listed is not None:
        return listed(message or f"Bedrock returned {code}.")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode")
    return UnexpectedAnswerException(f"Bedrock returned {code} (HTTP {status}), which its API does not list.")
