from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customization_jobs.console import console_url
from tests.fakes import job

ARN = job(1)["jobArn"]


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "us-east-1", "us-east-1.console.aws.amazon.com"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
    ],
)
def test_the_link_leads_to_the_partition_and_region_of_the_job(
    partition: str, region: str, host: str
) -> None:
    arn = ARN.replace("arn:aws:bedrock:us-east-1", f"arn:{partition}:bedrock:{region}")
    assert console_url(arn) == (f"https://{host}/bedrock/home?region={region}#/custom-models/item/?arn={arn}")


@pytest.mark.parametrize(
    "arn", [None, 1, "", "javascript:alert(1)", "arn:aws-iso:bedrock:us-iso-east-1:1:a/b"]
)
def test_an_arn_without_a_known_console_has_no_link(arn: object) -> None:
    assert console_url(arn) is None


# A slow machine is not a failure.
@settings(deadline=None)
@given(
    st.text() | st.builds("arn:{}:bedrock:{}:1:{}/{}".format, *[st.text()] * 4) | st.text().map(ARN.__add__)
)
def test_every_link_leads_to_a_console_of_aws(arn: str) -> None:
    link = console_url(arn)
    if link is not None:
        parts = urlsplit(link)
        assert parts.scheme == "https"
        assert (parts.hostname or "").endswith((".aws.amazon.com", ".amazonaws.cn", ".amazonaws-us-gov.com"))
        assert not set(link) & set("\"'<>() \n\\")
