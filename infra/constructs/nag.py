"""Checks by cdk-nag. Findings are acknowledged beside their constructs, each with its reason."""

from typing import cast

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct


def add_checks(app: cdk.App) -> None:
    """Make the synthesis of an app fail on every finding that is not acknowledged."""
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


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


def logical_id(construct: IConstruct) -> str:
    """Return the id by which the granular id of a finding names another construct of the stack."""
    return cdk.Stack.of(construct).get_logical_id(cast("cdk.CfnElement", construct.node.default_child))


def acknowledge_email_subscriptions(topic: IConstruct) -> None:
    """Acknowledge that e-mail subscriptions of a topic have no dead-letter queue."""
    acknowledge(
        topic,
        "Serverless::Serverless-SNSRedrivePolicy",
        "An e-mail is for a person to read now. What it says can also be read in CloudWatch, or in the "
        "timeline of the job.",
    )
