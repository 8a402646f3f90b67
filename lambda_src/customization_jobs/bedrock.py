"""Bedrock at arm's length, and the one place where botocore's clients are made."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectionError,  # noqa: A004 - botocore's own name for the base of its connection errors
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.hooks import EVENT_ALIASES
from botocore.parsers import ResponseParserError, ResponseParserFactory, RestJSONParser

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

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.model import OperationModel, StructureShape

    from customization_jobs.settings import Settings

# The services that are called: Bedrock for jobs, the others by the watch alone.
Service = Literal["bedrock", "dynamodb", "events"]
_SUMMARIES = "modelCustomizationJobSummaries"
# An error that the API lists for one job, and not for the list of them.
_NOT_FOUND = "ResourceNotFoundException"
# The four errors that the API lists. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListModelCustomizationJobs.html
_LISTED_ERRORS: dict[str, type[CustomizationJobsError]] = {
    error.__name__: error
    for error in (AccessDeniedException, ValidationException, InternalServerException, ThrottlingException)
}


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of `ListModelCustomizationJobs`, as Bedrock sent it.

    Attributes
    ----------
    answer : dict
        The JSON body, untouched: unknown fields, unknown enum values and the text of timestamps included.
    body : bytes
        The same as it came.
    """

    answer: dict[str, Any]
    body: bytes = b""

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The job summaries of this page; a page can be empty and still have a next one."""
        jobs: list[dict[str, Any]] = self.answer[_SUMMARIES]
        return jobs

    @property
    def next_token(self) -> str | None:
        """Where the next page begins; None on the last page."""
        return self.answer.get("nextToken")


class JobPages(Protocol):
    """Something that answers a query with one page: Bedrock, or a fake of it."""

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        """Answer the eight inputs of `ListModelCustomizationJobs` with one page.

        Raises
        ------
        CustomizationJobsError
            One of the errors that `Bedrock.list_page` names.
        """
        ...


class Bedrock:
    """The Bedrock of one account and region.

    Parameters
    ----------
    client : botocore.client.BaseClient
        A `bedrock` client, as `make_client` makes it.
    """

    def __init__(self, client: "BaseClient") -> None:
        self._client: Any = client

    @property
    def operation(self) -> "OperationModel":
        """The service model of the one operation that is called: the source of the query's contract."""
        operation: OperationModel = self._client.meta.service_model.operation_model(
            "ListModelCustomizationJobs"
        )
        return operation

    def list_page(self, parameters: Mapping[str, Any]) -> Page:
        """Call `ListModelCustomizationJobs` once, with the client's own retries.

        Parameters
        ----------
        parameters : mapping
            The inputs under Bedrock's names; times as aware datetimes.

        Returns
        -------
        Page
            At most `maxResults` jobs.

        Raises
        ------
        AccessDeniedException, ValidationException, InternalServerException, ThrottlingException
            Bedrock answered with this error; the message is Bedrock's.
        UnexpectedAnswerException
            Bedrock answered with an error that the API does not list, or not in its own format.
        BedrockTimeoutException
            No answer within the client's timeouts, the retries included.
        BedrockUnavailableException
            No connection.
        """
        answer = self._call("list_model_customization_jobs", parameters)
        return Page(answer["answer"], answer["body"])

    def get_job(self, job_identifier: str) -> dict[str, Any]:
        """Call `GetModelCustomizationJob` once, with the client's own retries.

        Parameters
        ----------
        job_identifier : str
            A job's name or ARN.

        Returns
        -------
        dict
            The JSON body, untouched.

        Raises
        ------
        ResourceNotFoundException
            There is no such job.
        CustomizationJobsError
            As `list_page`.
        """
        try:
            answer = self._call("get_model_customization_job", {"jobIdentifier": job_identifier})
        except UnexpectedAnswerException as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and cause.response["Error"].get("Code") == _NOT_FOUND:
                raise ResourceNotFoundException("Bedrock knows no such job.") from cause
            raise
        job: dict[str, Any] = answer["answer"]
        return job

    def _call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**parameters)
        except ClientError as error:
            raise _named(error, parameters.get("nextToken")) from error
        except (ReadTimeoutError, ConnectTimeoutError) as error:
            raise BedrockTimeoutException("Bedrock did not answer in time. Try again later.") from error
        except (ConnectionError, ConnectionClosedError, HTTPClientError) as error:
            raise BedrockUnavailableException("Bedrock could not be reached. Try again later.") from error
        except ResponseParserError as error:
            raise UnexpectedAnswerException(
                "Bedrock answered with something that is not its JSON format. Try again later."
            ) from error
        return answer


def make_client(settings: "Settings", service: Service = "bedrock") -> "BaseClient":
    """Make a client: work of the init phase, done once.

    The role's own credentials sign every call, a bearer token in the environment
    (`AWS_BEARER_TOKEN_BEDROCK`) does not take over. Timeouts leave room to answer; retries are botocore's
    `standard` ones.
    """
    # For who still registers under a service's old name, botocore looks through these at each of some two
    # hundred registrations of its own. None of the names is Bedrock's, and nobody here uses one.
    EVENT_ALIASES.clear()
    session = botocore.session.Session()
    if service == "bedrock":
        session.register_component("response_parser_factory", _JsonAsSentFactory())
    config = Config(
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.read_timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": settings.max_attempts},
        # Set in code, because only then botocore does not prefer a bearer token (botocore/handlers.py).
        signature_version="v4",
        user_agent_extra="bedrock-customization-jobs",
    )
    # The table and the bus are where the function is, wherever Bedrock is asked.
    region = settings.region if service == "bedrock" else settings.function_region or settings.region
    return session.create_client(service, region_name=region, config=config)


class _JsonAsSent(RestJSONParser):
    """Leaves the body of a successful answer as the JSON that it is.

    botocore's own parser drops fields that its model does not know and turns each timestamp into a datetime,
    only for us to turn it into text again: nine tenths of a warm call (docs/decisions.md).
    """

    def _do_parse(self, response: Mapping[str, Any], shape: "StructureShape") -> dict[str, Any]:
        try:
            answer = json.loads(response["body"])
        except ValueError as error:
            raise ResponseParserError("The body is not JSON.") from error
        # Of all answers that are read, the page's list is the one part that nothing works without.
        whole = isinstance(answer, dict) and (
            _SUMMARIES not in shape.members or isinstance(answer.get(_SUMMARIES), list)
        )
        if not whole:
            raise ResponseParserError(f"The body is not a {shape.name}.")
        return {"answer": answer, "body": response["body"], "ResponseMetadata": {}}


class _JsonAsSentFactory(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> _JsonAsSent:
        if protocol_name != "rest-json":
            raise ValueError(f"Bedrock's protocol is {protocol_name}; this parser reads rest-json alone.")
        return _JsonAsSent()


def _named(error: ClientError, token: str | None) -> CustomizationJobsError:
    code = error.response["Error"].get("Code", "")
    message = error.response["Error"].get("Message", "")
    if token:
        # Messages go into logs, and a token does not.
        message = message.replace(token, "(the token)")
    listed = _LISTED_ERRORS.get(code)
    if listed is not None:
        return listed(message or f"Bedrock answered {code}.")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode")
    return UnexpectedAnswerException(f"Bedrock answered {code} (HTTP {status}), which its API does not list.")
