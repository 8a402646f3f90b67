"""Why a source could not be listed, by what AWS answered."""

from botocore.exceptions import ClientError

from customization_jobs.errors import AccessDeniedException, CustomizationJobsError, ThrottlingException
from customization_jobs.fleet.coverage import DeniedBy, SourceFailure, State

# With an endpoint for a region that an account has not enabled, AWS does not know the account's tokens.
_UNKNOWN_TOKEN = ("UnrecognizedClientException", "InvalidClientTokenId")
_CONTROL_POLICY = "service control policy"
# Of the role's side: AWS says "identity-based policy", "permissions boundary" or "session policy".
_TRUST = "resource-based policy"

_REASONS = {
    DeniedBy.ROLE_OR_TRUST: "The role {role} does not exist in the account, or does not trust the hub. "
    "Deploy the member template.",
    DeniedBy.TRUST: "The trust policy of the role {role} does not allow the hub. Deploy the member template "
    "again, with the hub's present role and organization.",
    DeniedBy.SERVICE_CONTROL_POLICY: "A service control policy of the organization denies the call. Allow "
    "bedrock:ListModelCustomizationJobs there, or add the source to fleetExcept.",
    DeniedBy.PERMISSIONS: "The role {role} does not allow bedrock:ListModelCustomizationJobs. Deploy the "
    "member template again.",
    DeniedBy.REGION: "The region is not enabled in the account. Enable it, or add the source to fleetExcept.",
}


def role_failure(error: CustomizationJobsError, role_name: str) -> SourceFailure:
    """Return why the role of a source could not be assumed."""
    if not isinstance(error, AccessDeniedException):
        return _other(error)
    message = (error.log_details or "").lower()
    if _CONTROL_POLICY in message:
        return _denied(DeniedBy.SERVICE_CONTROL_POLICY, role_name)
    return _denied(DeniedBy.TRUST if _TRUST in message else DeniedBy.ROLE_OR_TRUST, role_name)


def listing_failure(error: CustomizationJobsError, role_name: str) -> SourceFailure:
    """Return why the jobs of a source could not be listed."""
    cause = error.__cause__
    code = cause.response["Error"].get("Code") if isinstance(cause, ClientError) else None
    if code in _UNKNOWN_TOKEN:
        return _denied(DeniedBy.REGION, role_name)
    if not isinstance(error, AccessDeniedException):
        return _other(error)
    by_policy = _CONTROL_POLICY in (error.log_details or "").lower()
    return _denied(DeniedBy.SERVICE_CONTROL_POLICY if by_policy else DeniedBy.PERMISSIONS, role_name)


def _denied(by: DeniedBy, role_name: str) -> SourceFailure:
    return SourceFailure(State.DENIED, _REASONS[by].format(role=role_name), by)


def _other(error: CustomizationJobsError) -> SourceFailure:
    state = State.THROTTLED if isinstance(error, ThrottlingException) else State.FAILED
    return SourceFailure(state, f"{type(error).__name__}: {error}")
