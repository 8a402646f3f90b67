"""Derives from AWS's answer why a source could not be listed."""

from botocore.exceptions import ClientError

from customization_jobs.errors import AccessDeniedException, CustomizationJobsError, ThrottlingException
from customization_jobs.fleet.coverage import DeniedBy, SourceFailure, State

# A region does not know the tokens of an account that has not enabled it.
_UNKNOWN_TOKEN = ("UnrecognizedClientException", "InvalidClientTokenId")
# The kinds of policies as AWS names them. Some services name none, and AWS STS does not say whether a role
# exists. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_CONTROL_POLICIES = ("service control policy", "resource control policy")
_TRUST_POLICIES = ("role trust policy", "resource-based policy")
_OWN_POLICIES = ("identity-based policy", "permissions boundary", "session policy", "vpc endpoint policy")

_ASSUME, _LIST = "sts:AssumeRole", "bedrock:ListModelCustomizationJobs"
_REASONS = {
    DeniedBy.ROLE_OR_TRUST: "The role {role} does not exist in the account, or does not trust the hub. "
    "Deploy the member template.",
    DeniedBy.TRUST: "The trust policy of the role {role} does not allow the hub. Deploy the member template "
    "again, with the hub's present role and organization.",
    DeniedBy.SERVICE_CONTROL_POLICY: "A control policy of the organization denies the call. Allow {action} "
    "there, or add the source to fleetExcept.",
    DeniedBy.PERMISSIONS: "The role {role} does not allow bedrock:ListModelCustomizationJobs. Deploy the "
    "member template again.",
    DeniedBy.REGION: "The region is not enabled in the account. Enable it, or add the source to fleetExcept.",
}
_OWN_ROLE_REASON = "The hub's own role does not allow {action}. Deploy the hub again."
# Of a message that comes from AWS.
_MAX_REASON_LENGTH = 500


def role_failure(error: CustomizationJobsError, role_name: str) -> SourceFailure:
    """Return why the role of a source could not be assumed."""
    if not isinstance(error, AccessDeniedException):
        return _other(error)
    if _names(error, _CONTROL_POLICIES):
        return _denied(DeniedBy.SERVICE_CONTROL_POLICY, role_name, _ASSUME)
    if _names(error, _OWN_POLICIES):
        return _own_role_denied(f"{_ASSUME} on the role {role_name}")
    by_trust = _names(error, _TRUST_POLICIES)
    return _denied(DeniedBy.TRUST if by_trust else DeniedBy.ROLE_OR_TRUST, role_name, _ASSUME)


def listing_failure(error: CustomizationJobsError, role_name: str | None) -> SourceFailure:
    """Return why the jobs of a source could not be listed; None is the hub's own role."""
    cause = error.__cause__
    code = cause.response["Error"].get("Code") if isinstance(cause, ClientError) else None
    if code in _UNKNOWN_TOKEN:
        return _denied(DeniedBy.REGION, role_name, _LIST)
    if not isinstance(error, AccessDeniedException):
        return _other(error)
    if _names(error, _CONTROL_POLICIES):
        return _denied(DeniedBy.SERVICE_CONTROL_POLICY, role_name, _LIST)
    return _denied(DeniedBy.PERMISSIONS, role_name, _LIST) if role_name else _own_role_denied(_LIST)


def _names(error: CustomizationJobsError, policies: tuple[str, ...]) -> bool:
    message = (error.log_details or "").lower()
    return any(policy in message for policy in policies)


def _own_role_denied(action: str) -> SourceFailure:
    return SourceFailure(State.DENIED, _OWN_ROLE_REASON.format(action=action), DeniedBy.PERMISSIONS)


def _denied(by: DeniedBy, role_name: str | None, action: str) -> SourceFailure:
    return SourceFailure(State.DENIED, _REASONS[by].format(role=role_name, action=action), by)


def _other(error: CustomizationJobsError) -> SourceFailure:
    state = State.THROTTLED if isinstance(error, ThrottlingException) else State.FAILED
    return SourceFailure(state, f"{type(error).__name__}: {error}"[:_MAX_REASON_LENGTH])
