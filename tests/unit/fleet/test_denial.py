"""The causes of denials. The messages have the form that AWS documents."""

# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html

import pytest

from customization_jobs.errors import (
    BedrockTimeoutException,
    BedrockUnavailableException,
    CustomizationJobsError,
    ThrottlingException,
    UnexpectedAnswerException,
)
from customization_jobs.fleet.coverage import DeniedBy, State
from customization_jobs.fleet.denial import listing_failure, role_failure
from tests.unit.fleet.clients import client_error
from tests.unit.fleet.harness import ROLE, denied

ASSUME = (
    "User: arn:aws:sts::111122223333:assumed-role/hub/watch is not authorized to perform: sts:AssumeRole on "
    f"resource: arn:aws:iam::222233334444:role/{ROLE}"
)
LIST = (
    f"User: arn:aws:sts::222233334444:assumed-role/{ROLE}/s is not authorized to perform: "
    "bedrock:ListModelCustomizationJobs on resource: arn:aws:bedrock:eu-west-1:222233334444:*"
)
CONTROL = DeniedBy.SERVICE_CONTROL_POLICY


@pytest.mark.parametrize(
    ("ending", "denied_by", "reason"),
    [
        ("", DeniedBy.ROLE_OR_TRUST, "does not exist in the account, or does not trust the hub"),
        (" because no role trust policy allows the sts:AssumeRole action", DeniedBy.TRUST, "trust policy"),
        (" with an explicit deny in the role trust policy", DeniedBy.TRUST, "trust policy"),
        (
            " because no resource-based policy allows the sts:AssumeRole action",
            DeniedBy.TRUST,
            "trust policy",
        ),
        (" with an explicit deny in a service control policy", CONTROL, "Allow sts:AssumeRole there"),
        (
            " because no service control policy allows the sts:AssumeRole action",
            CONTROL,
            "Allow sts:AssumeRole there",
        ),
        (" with an explicit deny in a resource control policy", CONTROL, "Allow sts:AssumeRole there"),
        (
            " because no identity-based policy allows the sts:AssumeRole action",
            DeniedBy.PERMISSIONS,
            f"The hub's own role does not allow sts:AssumeRole on the role {ROLE}",
        ),
        (" with an explicit deny in a permissions boundary", DeniedBy.PERMISSIONS, "The hub's own role"),
    ],
)
def test_why_a_role_could_not_be_assumed(ending: str, denied_by: DeniedBy, reason: str) -> None:
    failure = role_failure(denied(ASSUME + ending), ROLE)
    assert (failure.state, failure.denied_by) == (State.DENIED, denied_by)
    assert reason in failure.reason
    assert "arn:aws" not in failure.reason


@pytest.mark.parametrize(
    ("ending", "denied_by", "reason"),
    [
        ("", DeniedBy.PERMISSIONS, f"The role {ROLE} does not allow bedrock:ListModelCustomizationJobs"),
        (
            " because no identity-based policy allows the bedrock:ListModelCustomizationJobs action",
            DeniedBy.PERMISSIONS,
            f"The role {ROLE}",
        ),
        (
            " with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-a/p-b",
            CONTROL,
            "Allow bedrock:ListModelCustomizationJobs there, or add the source to fleetExcept",
        ),
    ],
)
def test_why_jobs_could_not_be_listed(ending: str, denied_by: DeniedBy, reason: str) -> None:
    failure = listing_failure(denied(LIST + ending), ROLE)
    assert (failure.state, failure.denied_by) == (State.DENIED, denied_by)
    assert reason in failure.reason


def test_the_hubs_own_role_is_not_taken_for_that_of_a_member() -> None:
    failure = listing_failure(denied(LIST), None)
    assert failure.denied_by is DeniedBy.PERMISSIONS
    assert failure.reason.startswith("The hub's own role does not allow bedrock:ListModelCustomizationJobs")


def caused(code: str) -> CustomizationJobsError:
    error = UnexpectedAnswerException(f"Bedrock returned {code} (HTTP 403), which its API does not list.")
    error.__cause__ = client_error(code, "The security token included in the request is invalid.")
    return error


def test_a_region_that_is_not_enabled_does_not_know_the_token() -> None:
    failure = listing_failure(caused("UnrecognizedClientException"), ROLE)
    assert (failure.state, failure.denied_by) == (State.DENIED, DeniedBy.REGION)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ThrottlingException("Slow down."), State.THROTTLED),
        (BedrockTimeoutException("Bedrock did not answer in time."), State.FAILED),
        (BedrockUnavailableException("Bedrock could not be reached."), State.FAILED),
        (caused("ExpiredTokenException"), State.FAILED),
        (UnexpectedAnswerException("x" * 1000), State.FAILED),
    ],
)
def test_what_is_no_denial(error: CustomizationJobsError, state: State) -> None:
    for failure in (listing_failure(error, ROLE), role_failure(error, ROLE)):
        assert (failure.state, failure.denied_by) == (state, None)
        assert failure.reason.startswith(f"{type(error).__name__}: ")
        assert len(failure.reason) <= 500
