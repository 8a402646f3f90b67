import pytest
from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.watch.failure import Category, classify, message_of, unknown_reason

# AWS's own examples, the long ones shortened:
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


@pytest.mark.parametrize(("message", "category"), AWS_EXAMPLES)
def test_aws_own_examples_are_known(message: str, category: Category) -> None:
    failure = classify(message)
    assert (failure.category, failure.message) == (category, message)
    assert failure.retry_helps is (category is Category.TRANSIENT)
    assert failure.link.startswith("https://docs.aws.amazon.com/bedrock/")
    assert failure.remedy.endswith(".")
    assert classify(message.upper()).category is category


@given(st.text())
def test_any_message_is_told_as_it_is(message: str) -> None:
    assert classify(message).to_json()["message"] == message


def test_an_unknown_message_promises_nothing() -> None:
    failure = classify("The moon was in the wrong house")
    assert (failure.category, failure.retry_helps) == (Category.UNKNOWN, False)


def test_a_reason_that_could_not_be_had_says_why() -> None:
    failure = unknown_reason("Bedrock was away.")
    assert (failure.category, failure.message) == (Category.UNKNOWN, None)
    assert "Bedrock was away." in failure.remedy


@pytest.mark.parametrize("answer", [{}, {"failureMessage": None}, {"failureMessage": ""}])
def test_no_message_is_none(answer: dict[str, str | None]) -> None:
    assert message_of(answer) is None
    assert message_of({"failureMessage": "x"}) == "x"
