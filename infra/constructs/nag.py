"""How a finding of a check is acknowledged: granular, with a reason, beside its construct."""

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Say why `finding` of `construct` is right as it is.

    Parameters
    ----------
    construct : construct
        The construct that the finding is about, or the nearest one around it that this stack makes itself.
    finding : str
        The granular id, such as `AwsSolutions::AwsSolutions-IAM5[Resource::*]`: without what stands in
        brackets it acknowledges nothing.
    reason : str
        Why it is right.
    """
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))
