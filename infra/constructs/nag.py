"""Acknowledges findings of cdk-nag and CDK validations, each with its reason, beside its construct."""

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Acknowledge one finding.

    Parameters
    ----------
    construct : construct
        The construct that the finding is about, or the nearest enclosing one that this stack creates itself.
    finding : str
        The granular id, such as `AwsSolutions::AwsSolutions-IAM5[Resource::*]`. Without the part in brackets
        nothing is acknowledged.
    reason : str
        Why the finding does not apply.
    """
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))
