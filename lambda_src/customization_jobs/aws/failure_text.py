"""Why a call of an AWS service failed, as text."""

from botocore.exceptions import BotoCoreError, ClientError


def failure_text(error: ClientError | BotoCoreError) -> str:
    """Return the service's code and message, or what went wrong before it answered."""
    if isinstance(error, ClientError):
        details = error.response["Error"]
        return f"{details.get('Code') or 'an error without a code'}: {details.get('Message')}"
    return f"{type(error).__name__}: {error}"
