import pytest

from customization_jobs.watch.job_arn import account_of, is_job_arn, job_key, region_of

SHORT = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/abcdefghwxyz"
LONG = SHORT.replace("-job/", "-job/amazon.nova-lite-v1:0:300k/")


def test_all_forms_of_an_arn_have_one_key() -> None:
    assert job_key(SHORT) == job_key(LONG) == SHORT
    assert job_key(LONG.replace("amazon.nova-lite-v1:0:300k", "imported/models")) == SHORT


@pytest.mark.parametrize("part", ["us-east-1", "111122223333", "abcdefghwxyz", "arn:aws:"])
def test_different_jobs_have_different_keys(part: str) -> None:
    assert job_key(LONG.replace(part, part[:-1] + "9")) != SHORT


@pytest.mark.parametrize("other", ["arn:x/7", "", "name", SHORT + "/", SHORT + "\n"])
def test_anything_else_is_its_own_key(other: str) -> None:
    assert job_key(other) == other
    assert not is_job_arn(other)
    assert region_of(other) is None


@pytest.mark.parametrize("arn", [SHORT, LONG, LONG.replace("arn:aws", "arn:aws-us-gov")])
def test_an_arn_of_any_form_and_partition_is_accepted(arn: str) -> None:
    assert is_job_arn(arn)
    assert region_of(arn) == "us-east-1"


def test_an_arn_may_have_as_many_characters_as_in_bedrocks_model() -> None:
    assert is_job_arn(SHORT + "a" * (1011 - len(SHORT)))
    assert not is_job_arn(SHORT + "a" * (1012 - len(SHORT)))


def test_an_arn_may_be_without_a_region() -> None:
    assert region_of(SHORT.replace("us-east-1", "")) is None


def test_the_account_of_an_arn() -> None:
    assert account_of(SHORT) == account_of(LONG) == "111122223333"
    assert account_of(SHORT.replace("111122223333", "")) is None
    for other in (None, 7, "", "arn:aws:s3:::111122223333"):
        assert account_of(other) is None
