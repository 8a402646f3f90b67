"""Why a job failed: AWS's published troubleshooting list, turned around from a message to its remedy."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_GUIDE = "https://docs.aws.amazon.com/bedrock/latest/userguide"
_TROUBLESHOOTING = f"{_GUIDE}/fine-tuning-troubleshooting.html"
_DATA = f"{_GUIDE}/model-customization-prepare.html"


class Category(StrEnum):
    """The kinds of reasons on AWS's list, and `unknown` for all others."""

    PERMISSIONS = "permissions"
    DATA_FORMAT = "data-format"
    SIZE = "size"
    TOKEN_LIMIT = "token-limit"  # noqa: S105 - a model's tokens
    LICENSE_CHECK = "license-check"
    TRANSIENT = "transient"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason of a failure, and what to do about it.

    Attributes
    ----------
    category : Category
        Which kind of reason.
    retry_helps : bool
        Whether the same job, sent again unchanged, can succeed.
    remedy : str
        What to do, as a sentence or two.
    link : str
        Where AWS says more.
    message : str or None
        Bedrock's own words; None where they could not be had.
    """

    category: Category
    retry_helps: bool
    remedy: str
    link: str
    message: str | None

    def to_json(self) -> dict[str, Any]:
        """Write it as events and the timeline hold it."""
        return {
            "category": str(self.category),
            "retryHelps": self.retry_helps,
            "remedy": self.remedy,
            "link": self.link,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class _Entry:
    category: Category
    # Every part of one of these, in any case, makes a message one of this category.
    signs: tuple[tuple[str, ...], ...]
    remedy: str
    link: str = _TROUBLESHOOTING
    retry_helps: bool = False


# In this order, because "an unexpected error ..., please try again" also stands before an AccessDenied, and
# what tells of tokens tells of a size too.
# https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html
_LIST = (
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
        "Check the role that the job was given: it trusts bedrock.amazonaws.com, may s3:GetObject and "
        "s3:ListBucket the training and validation data and s3:PutObject the output, and may kms:Decrypt "
        "with the bucket's own key. The bucket has to be in the job's region. Then create the job again.",
    ),
    _Entry(
        Category.LICENSE_CHECK,
        (("license terms",), ("automated tests flagged",)),
        "Take out of the training data what is against the usage policy of the model's provider, and create "
        "the job again. If the data is fine, contact AWS Support.",
    ),
    _Entry(
        Category.TOKEN_LIMIT,
        (("token", "exceed"),),
        "Shorten the records that are over the model's quota of tokens, input and output together, and "
        "create the job again.",
        _DATA,
    ),
    _Entry(
        Category.SIZE,
        (("size exceeded",), ("size", "exceeds"), ("too large",)),
        "Shorten the records that are over the quota of characters, or the file, and create the job again.",
        _DATA,
    ),
    _Entry(
        Category.DATA_FORMAT,
        (("unable to parse",), ("jsonl",), ("must conform",), ("invalid", "format")),
        "Mend the data file: one JSON object a line with the keys and types that the model asks for, and no "
        "empty line. Then create the job again.",
        _DATA,
    ),
    _Entry(
        Category.TRANSIENT,
        (("unexpected error",), ("internal error",), ("internal server error",), ("please try again",)),
        "Create the same job again; nothing is wrong with it as far as Bedrock says. If it fails again, "
        "contact AWS Support.",
        retry_helps=True,
    ),
)
_NOT_KNOWN = "AWS's list of failures does not have this message: read it as it is."


def classify(message: str) -> Failure:
    """Find a message of Bedrock's on AWS's list; one that is not there is told as it is."""
    said = message.lower()
    for entry in _LIST:
        if any(all(part in said for part in sign) for sign in entry.signs):
            return Failure(entry.category, entry.retry_helps, entry.remedy, entry.link, message)
    return Failure(
        Category.UNKNOWN, retry_helps=False, remedy=_NOT_KNOWN, link=_TROUBLESHOOTING, message=message
    )


def without_message(why: str) -> Failure:
    """Tell a failure whose reason could not be had, and why not: an error's name, or a few words."""
    remedy = f"The reason could not be fetched ({why}). Look at the job in the console."
    return Failure(Category.UNKNOWN, retry_helps=False, remedy=remedy, link=_TROUBLESHOOTING, message=None)


def message_of(answer: Mapping[str, Any]) -> str | None:
    """Read the reason out of an answer of `GetModelCustomizationJob`."""
    message = answer.get("failureMessage")
    return message if isinstance(message, str) and message else None
