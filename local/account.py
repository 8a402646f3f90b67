"""With the real Bedrock: whose credentials, and which region."""

import os

import botocore.session
from botocore.exceptions import BotoCoreError

from local.stack import StartError


def user_region() -> str:
    """Return the region of the user's AWS configuration.

    Raises
    ------
    StartError
        There are no credentials, or no region.
    """
    session = botocore.session.Session()
    try:
        credentials = session.get_credentials()
        region = (
            os.environ.get("BEDROCK_REGION")
            or os.environ.get("AWS_REGION")
            or session.get_config_variable("region")
        )
        if credentials is None:
            raise StartError(
                "No AWS credentials were found. Sign in (aws sso login, aws configure) or set AWS_PROFILE, "
                "or leave BEDROCK=aws out to use the embedded Bedrock."
            )
        credentials.get_frozen_credentials()
    except BotoCoreError as error:
        raise StartError(f"The AWS credentials cannot be used: {error}") from error
    if not region:
        raise StartError(
            "No AWS region is set. Set one where Bedrock offers model customization, for example "
            "AWS_REGION=us-east-1 make run BEDROCK=aws"
        )
    return str(region)
