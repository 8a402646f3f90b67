import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.failure_categories import Category
from customization_jobs.watch.failure import classify, message_of, unknown_reason

# AWS's examples, some of them shortened:
# https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html
AWS_EXAMPLES = [
    (
        "Could not validate GetObject permissions to access Amazon S3 bucket: training-data at key a.jsonl",
        Category.PERMISSIONS,
    ),
    (
        "Amazon S3 perms missing (PutObject): Could not validate PutObject permissions to access S3 bucket",
        Category.PERMISSIONS,
    ),
    (
        "Unable to parse Amazon S3 file: fileName.jsonl. Data files must conform to JSONL format.",
        Category.DATA_FORMAT,
    ),
    ("Input size exceeded in file fileName.jsonl for record starting with...", Category.SIZE),
    ("Maximum input token count 4097 exceeds limit of 4096", Category.TOKEN_LIMIT),
    ("Maximum output token count 4097 exceeds limit of 4096", Category.TOKEN_LIMIT),
    ("Max sum of input and output token length 4097 exceeds total limit of 4096", Category.TOKEN_LIMIT),
    (
        "Automated tests flagged this job as inconsistent with third-party license terms. Contact support.",
        Category.LICENSE_CHECK,
    ),
    (
        "Encountered an unexpected error when processing the request, please try again",
        Category.TRANSIENT,
    ),
    (
        'Encountered an unexpected error when processing the request, please try again","AccessDenied".',
        Category.PERMISSIONS,
    ),
]


# Messages that are not in the examples, but contain their signs.
FURTHER_MESSAGES = [
    ("Amazon S3 perms missing (PutObject)", Category.PERMISSIONS),
    ("User is not authorized to perform s3:GetObject", Category.PERMISSIONS),
    ("Access denied when calling PutObject", Category.PERMISSIONS),
    ("KMS key policy does not allow Decrypt", Category.PERMISSIONS),
    ("Automated tests flagged this job", Category.LICENSE_CHECK),
    ("The license terms of the model forbid this", Category.LICENSE_CHECK),
    ("The file size exceeds the quota", Category.SIZE),
    ("The file is too large", Category.SIZE),
    ("a.jsonl has an empty line", Category.DATA_FORMAT),
    ("The data must conform to the schema", Category.DATA_FORMAT),
    ("Invalid data format", Category.DATA_FORMAT),
    ("Internal error", Category.TRANSIENT),
    ("Internal server error", Category.TRANSIENT),
    ("Please try again later", Category.TRANSIENT),
    # Only a part of a sign.
    ("Could not validate the file", Category.UNKNOWN),
    ("The KMS key is gone", Category.UNKNOWN),
    ("The number of tokens is odd", Category.UNKNOWN),
    ("The size is odd", Category.UNKNOWN),
    ("Invalid name", Category.UNKNOWN),
    ("The moon was in the wrong house", Category.UNKNOWN),
]


@pytest.mark.parametrize(("message", "category"), AWS_EXAMPLES + FURTHER_MESSAGES)
def test_a_message_is_classified_in_any_case(message: str, category: Category) -> None:
    failure = classify(message)
    assert (failure.category, failure.message) == (category, message)
    assert failure.retry_helps is (None if category is Category.UNKNOWN else category is Category.TRANSIENT)
    assert failure.link.startswith("https://docs.aws.amazon.com/bedrock/")
    assert failure.remedy.endswith(".")
    assert classify(message.upper()).category is category


@given(st.text())
def test_a_message_is_passed_on_unchanged(message: str) -> None:
    assert classify(message).message == message


def test_a_failure_is_written_with_all_its_fields() -> None:
    assert classify("The moon was in the wrong house").to_json() == {
        "category": "unknown",
        "retryHelps": None,
        "remedy": "AWS's troubleshooting list does not cover this message; the message itself may help.",
        "link": "https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html",
        "message": "The moon was in the wrong house",
    }


def test_a_reason_that_could_not_be_fetched_is_unknown_and_says_why() -> None:
    assert unknown_reason("ThrottlingException").to_json() == {
        "category": "unknown",
        "retryHelps": None,
        "remedy": "The reason could not be fetched (ThrottlingException). Open the job in the console.",
        "link": "https://docs.aws.amazon.com/bedrock/latest/userguide/fine-tuning-troubleshooting.html",
        "message": None,
    }


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({}, None),
        ({"failureMessage": None}, None),
        ({"failureMessage": ""}, None),
        ({"failureMessage": 7}, None),
        ({"failureMessage": "x"}, "x"),
    ],
)
def test_the_message_of_an_answer_is_its_text_or_none(answer: dict[str, object], message: str | None) -> None:
    assert message_of(answer) == message


def test_a_message_of_any_length_is_cut_and_its_length_said() -> None:
    longest = "a" * 4096
    assert classify(longest).message == longest
    cut = classify(longest + "b. Internal error").message
    assert cut == f"{longest}... (cut: the message has 4113 characters)"
    # The whole message is classified.
    assert classify(longest + "b. Internal error").category is Category.TRANSIENT


def test_a_message_is_always_encodable() -> None:
    assert classify("\ud800").message == "\\ud800"


def test_the_longest_message_fits_in_an_event_of_the_bus() -> None:
    assert len(json.dumps(classify("\N{GRINNING FACE}" * 5_000_000).to_json())) < 64 * 1024
