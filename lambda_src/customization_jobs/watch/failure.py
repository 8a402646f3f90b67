"""Why a job failed, and the remedy: AWS's published troubleshooting list, searched by Bedrock's message."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from customization_jobs.errors import encodable
from customization_jobs.failure_categories import Category

_GUIDE = "https://docs.aws.amazon.com/bedrock/latest/userguide"
_TROUBLESHOOTING = f"{_GUIDE}/fine-tuning-troubleshooting.html"
_DATA = f"{_GUIDE}/model-customization-prepare.html"


class Failure(NamedTuple):
    """The reason for a failure.

    Attributes
    ----------
    retry_helps : bool or None
        Whether the same job, submitted again unchanged, can succeed; None if that is unknown.
    remedy : str
        What to do, in a sentence or two.
    link : str
        AWS's documentation.
    message : str or None
        Bedrock's message; None if it could not be fetched.
    """

    category: Category
    retry_helps: bool | None
    remedy: str
    link: str
    message: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the form in which events and timelines contain it."""
        return {
            "category": str(self.category),
            "retryHelps": self.retry_helps,
            "remedy": self.remedy,
            "link": self.link,
            "message": self.message,
        }


class _Entry(NamedTuple):
    category: Category
    # A message belongs to the category if it contains every part of one of these, ignoring case.
    signs: tuple[tuple[str, ...], ...]
    remedy: str
    link: str = _TROUBLESHOOTING
    retry_helps: bool = False


# Order matters: "an unexpected error ..., please try again" also precedes an AccessDenied, and messages about
# tokens also mention a size.
# https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html
_ENTRIES = (
    _Entry(
        Category.PERMISSIONS,
        (
            ("could not validate", "permissions"),
            ("perms missing",),
            ("accessdenied",),
            ("access denied",),
            ("not authorized",),
            ("kms", "decrypt"),
        ),
        "Check the role that the job was given: it must trust bedrock.amazonaws.com, allow s3:GetObject and "
        "s3:ListBucket on the training and validation data and s3:PutObject on the output, and allow "
        "kms:Decrypt if the bucket has its own key. The bucket must be in the job's region. Then create the "
        "job again.",
    ),
    _Entry(
        Category.LICENSE_CHECK,
        (("license terms",), ("automated tests flagged",)),
        "Remove training data that violates the usage policy of the model's provider, and create the job "
        "again. If the data complies, contact AWS Support.",
    ),
    _Entry(
        Category.TOKEN_LIMIT,
        (("token", "exceed"),),
        "Shorten the records that exceed the model's token quota, input and output together, and create the "
        "job again.",
        _DATA,
    ),
    _Entry(
        Category.SIZE,
        (("size exceeded",), ("size", "exceeds"), ("too large",)),
        "Shorten the records that exceed the character quota, or the file, and create the job again.",
        _DATA,
    ),
    _Entry(
        Category.DATA_FORMAT,
        (("unable to parse",), ("jsonl",), ("must conform",), ("invalid", "format")),
        "Fix the data file: one JSON object per line, with the keys and types that the model requires, and "
        "no empty lines. Then create the job again.",
        _DATA,
    ),
    _Entry(
        Category.TRANSIENT,
        (("unexpected error",), ("internal error",), ("internal server error",), ("please try again",)),
        "Create the same job again; Bedrock reports nothing wrong with it. If it fails again, contact AWS "
        "Support.",
        retry_helps=True,
    ),
)
# Bedrock's model allows 2,048 characters. As JSON, a character takes up to 12 bytes.
_MAX_MESSAGE = 4096
_NOT_LISTED = "AWS's troubleshooting list does not cover this message; the message itself may help."


def classify(message: str) -> Failure:
    """Return the entry of AWS's list that matches Bedrock's message.

    A message that is longer than Bedrock documents is cut, so that record, event and notification fit.
    """
    lower = message.lower()
    message = _cut(encodable(message))
    for entry in _ENTRIES:
        if any(all(part in lower for part in sign) for sign in entry.signs):
            return Failure(entry.category, entry.retry_helps, entry.remedy, entry.link, message)
    return Failure(
        Category.UNKNOWN, retry_helps=None, remedy=_NOT_LISTED, link=_TROUBLESHOOTING, message=message
    )


def _cut(message: str) -> str:
    if len(message) <= _MAX_MESSAGE:
        return message
    return f"{message[:_MAX_MESSAGE]}... (cut: the message has {len(message)} characters)"


def unknown_reason(cause: str) -> Failure:
    """Return a failure whose reason could not be fetched, because of `cause`."""
    remedy = f"The reason could not be fetched ({cause}). Open the job in the console."
    return Failure(Category.UNKNOWN, retry_helps=None, remedy=remedy, link=_TROUBLESHOOTING, message=None)


def message_of(answer: Mapping[str, Any]) -> str | None:
    """Return the failure message in an answer of `GetModelCustomizationJob`."""
    message = answer.get("failureMessage")
    return message if isinstance(message, str) and message else None
