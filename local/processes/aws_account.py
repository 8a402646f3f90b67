"""The user's own AWS account, for a run with the real Bedrock."""

import os

import botocore.session
from botocore.exceptions import BotoCoreError

from local.common.server_process import LocalRunError


def configured_region() -> str:
    """Return the region of the user's AWS configuration.

    Raises
    ------
    LocalRunError
        There are no credentials, or there is no region.
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
            raise LocalRunError(
                "No AWS credentials were found. Sign in (aws sso login, aws configure) or set AWS_PROFILE, "
                "or omit BEDROCK=aws to use the embedded Bedrock."
            )
        credentials.get_frozen_credentials()
    except BotoCoreError as error:
        raise LocalRunError(f"The AWS credentials cannot be used: {error}") from error
    if not region:
        raise LocalRunError(
            "No AWS region is set. Set one in which Bedrock offers model customization, for example "
            "AWS_REGION=us-east-1 make run BEDROCK=aws"
        )
    return str(region)
