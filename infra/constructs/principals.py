"""AWS services as principals of roles."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct


def account_service(scope: Construct, service: str, *, source_arn: str | None = None) -> iam.IPrincipal:
    """Return a service, such as `lambda`, that may assume a role only on behalf of this account.

    Only for services that document `aws:SourceAccount` in the trust policies of their roles.

    Parameters
    ----------
    scope : Construct
        A construct of the account's stack.
    service : str
        First part of the service's principal.
    source_arn : str or None
        ARN of the only resource that the service may act for, which can contain wildcards.
    """
    conditions = {"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
    if source_arn:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    return iam.ServicePrincipal(f"{service}.amazonaws.com", conditions=conditions)
