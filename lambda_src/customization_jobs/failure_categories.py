"""Why jobs fail: the categories of AWS's troubleshooting list."""

from enum import StrEnum


class Category(StrEnum):
    """The categories of AWS's list, and `unknown` for everything else.

    https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html
    """

    PERMISSIONS = "permissions"
    DATA_FORMAT = "data-format"
    SIZE = "size"
    TOKEN_LIMIT = "token-limit"  # noqa: S105 - a model's tokens
    LICENSE_CHECK = "license-check"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"
