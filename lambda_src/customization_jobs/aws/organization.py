"""Adapter for AWS Organizations: the accounts of an organization, or of its units."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.errors import (
    AccessDeniedException,
    BedrockUnavailableException,
    CustomizationJobsError,
    Origin,
    ThrottlingException,
    UnexpectedAnswerException,
)

if TYPE_CHECKING:
    from botocore.client import BaseClient

_THROTTLED = ("TooManyRequestsException", "ThrottlingException")
_ACTIVE = "ACTIVE"


class Organization:
    """Lists accounts. Suspended and closed accounts, and those that are not active yet, are left out.

    All methods raise AccessDeniedException, ThrottlingException, BedrockUnavailableException or
    UnexpectedAnswerException, depending on what AWS Organizations answered.

    Parameters
    ----------
    client : botocore.client.BaseClient
        An `organizations` client made by `create_client`.
    """

    def __init__(self, client: "BaseClient") -> None:
        self._client: Any = client

    def accounts(self) -> list[str]:
        """Return the ids of all accounts."""
        return list(map(_id, filter(_is_active, self._pages("list_accounts", "Accounts"))))

    def accounts_in(self, unit: str) -> list[str]:
        """Return the ids of the accounts of a unit, and of all units below it."""
        accounts: list[str] = []
        units = [unit]
        # An organization's units are a tree, five levels deep at most.
        while units:
            parent = units.pop()
            found = self._pages("list_accounts_for_parent", "Accounts", ParentId=parent)
            accounts += map(_id, filter(_is_active, found))
            below = self._pages(
                "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
            )
            units += map(_id, below)
        return accounts

    def _pages(self, operation: str, field: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """Yield the items of all pages. A page may be empty and still have a next one."""
        page: dict[str, str] = {}
        seen: set[str] = set()
        while True:
            answer = self._call(operation, **parameters, **page)
            yield from answer[field]
            token = answer.get("NextToken")
            if not token:
                return
            if token in seen:
                raise UnexpectedAnswerException("AWS Organizations repeats a page. Try again later.")
            seen.add(token)
            page = {"NextToken": token}

    def _call(self, operation: str, **parameters: str) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**parameters)
        except ClientError as error:
            raise _of_the_service(_named_error(error)) from error
        except BotoCoreError as error:
            unreachable = BedrockUnavailableException(
                "AWS Organizations could not be reached. Try again later."
            )
            raise _of_the_service(unreachable) from error
        return answer


def _is_active(account: dict[str, Any]) -> bool:
    # `Status` was retired in September 2026. An account without a state is kept: its coverage shows whether
    # it can be listed.
    state: str = account.get("State", _ACTIVE)
    return state == _ACTIVE


def _id(item: dict[str, Any]) -> str:
    identifier: str = item["Id"]
    return identifier


def _of_the_service(error: CustomizationJobsError) -> CustomizationJobsError:
    # Metrics and alarms must not take it for an error of Bedrock.
    error.origin = Origin.SERVICE
    return error


def _named_error(error: ClientError) -> CustomizationJobsError:
    code = error.response["Error"].get("Code", "")
    if code in _THROTTLED:
        return ThrottlingException("AWS Organizations throttled the request. Try again later.")
    if code == "AccessDeniedException":
        denied = AccessDeniedException(
            "AWS Organizations denied the call. Deploy the hub in the management account, or make its "
            "account a delegated administrator. The service's log has the reason."
        )
        denied.log_details = error.response["Error"].get("Message", "")
        return denied
    return UnexpectedAnswerException(f"AWS Organizations returned {code}.")
