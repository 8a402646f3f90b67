"""Adapter for AWS STS: credentials of the role of the same name in each account of the fleet."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.aws.clients import Credentials
from customization_jobs.errors import (
    AccessDeniedException,
    BedrockUnavailableException,
    CustomizationJobsError,
    ThrottlingException,
    UnexpectedAnswerException,
)

if TYPE_CHECKING:
    from botocore.client import BaseClient

# AWS's maximum for a role that assumes another role.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
_SESSION_SECONDS = 3600
# Longer than the longest invocation of a Lambda function, 15 minutes.
_LEAST_LEFT = timedelta(minutes=20)
# What AWS STS does not accept. Names and tags contain the service's name, which can be any text.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_NOT_IN_SESSION_NAMES = re.compile(r"[^\w+=,.@-]+", re.ASCII)
_NOT_IN_TAGS = re.compile(r"[^\w .:/=+@-]+", re.ASCII)
_MAX_SESSION_NAME_LENGTH, _MAX_TAG_LENGTH = 64, 256
_THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")


class MemberRoles:
    """Assumes the role of an account, and keeps the credentials until less than 20 minutes of them are left.

    Parameters
    ----------
    client : botocore.client.BaseClient
        An `sts` client made by `create_client`.
    role_name : str
        Name of the role, the same in each account.
    session_name : str
        Name of the sessions, which CloudTrail records in the member's account. What AWS STS does not accept
        is replaced by a hyphen, and a long name is cut at its start, because its end is unique.
    tags : mapping of str to str
        Tags of the sessions, which say who called; cleaned in the same way, and cut at their end.
    """

    def __init__(
        self,
        client: "BaseClient",
        *,
        role_name: str,
        session_name: str,
        tags: Mapping[str, str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client: Any = client
        self._role_name = role_name
        self._session_name = _NOT_IN_SESSION_NAMES.sub("-", session_name)[-_MAX_SESSION_NAME_LENGTH:]
        self._tags = [
            {"Key": key, "Value": _NOT_IN_TAGS.sub("-", value)[:_MAX_TAG_LENGTH]}
            for key, value in tags.items()
        ]
        self._now = now
        self._known: dict[str, Credentials] = {}

    def assume(self, account: str) -> Credentials:
        """Return credentials that are valid for 20 minutes at least.

        Raises
        ------
        AccessDeniedException
            The role does not exist, does not trust the hub, or a policy denies the call. `log_details` has
            the reason that AWS gave.
        ThrottlingException, BedrockUnavailableException, UnexpectedAnswerException
            AWS STS throttled the call, was not reached, or returned another error.
        """
        known = self._known.get(account)
        if known is None or known.expires_at - self._now() < _LEAST_LEFT:
            known = self._known[account] = self._assume(account)
        return known

    def _assume(self, account: str) -> Credentials:
        try:
            given = self._client.assume_role(
                RoleArn=f"arn:{self._client.meta.partition}:iam::{account}:role/{self._role_name}",
                RoleSessionName=self._session_name,
                DurationSeconds=_SESSION_SECONDS,
                Tags=self._tags,
            )["Credentials"]
        except ClientError as error:
            raise _named_error(error, account, self._role_name) from error
        except BotoCoreError as error:
            raise BedrockUnavailableException("AWS STS could not be reached. Try again later.") from error
        return Credentials(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], given["Expiration"]
        )


def _named_error(error: ClientError, account: str, role_name: str) -> CustomizationJobsError:
    code = error.response["Error"].get("Code", "")
    if code in _THROTTLED:
        return ThrottlingException("AWS STS throttled the request. Try again later.")
    if code == "AccessDenied":
        denied = AccessDeniedException(
            f"The role {role_name} of the account {account} could not be assumed. The service's log has the "
            "reason."
        )
        denied.log_details = error.response["Error"].get("Message", "")
        return denied
    return UnexpectedAnswerException(f"AWS STS returned {code} for the role {role_name} of {account}.")
