"""Edits of `~/.aws/config`: everything but our own block stays the same, byte for byte."""

import re
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import load_config
from hypothesis import given
from hypothesis import strategies as st

from operations.client.config_file import ConfigFileError, with_endpoint, without_endpoints

URL = "https://abc.execute-api.us-east-1.amazonaws.com/prod/"
OTHER = "https://other.example.com/"
PLAIN = "[default]\nregion = us-east-1\n[profile dev]\nregion = eu-west-1\noutput = json\n"


def endpoint_of(text: str, profile: str, folder: Path) -> Any:
    """Return the URL that botocore reads for a profile."""
    file = folder / "config"
    file.write_bytes(text.encode())
    config: Any = load_config(str(file))
    services = config["profiles"][profile]["services"]
    return config["services"][services]["customization_jobs"]["endpoint_url"]


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("", "default"),
        (PLAIN, "default"),
        (PLAIN, "dev"),
        # A profile that exists only in the credentials file.
        (PLAIN, "new"),
        (PLAIN.replace("\n", "\r\n"), "dev"),
        (PLAIN.rstrip(), "dev"),
        ("# a comment\n\n" + PLAIN, "dev"),
        ("[profile dev]\n\n  # a comment\n  region = eu-west-1\n  output = json\n", "dev"),
        ("[profile dev]\n\tregion = eu-west-1\n", "dev"),
        ("[profile  dev]\nregion = eu-west-1\n", "dev"),
        ('[profile "dev"]\nregion = eu-west-1\n', "dev"),
        ("[profile default]\nregion = eu-west-1\n", "default"),
        ("[profile dev]\ns3 =\n  max_concurrent_requests = 20\n[default]\n", "dev"),
        (
            "[profile dev]\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://localhost\n",
            "dev",
        ),
        ("[services local]\n  s3 =\n    endpoint_url = x\n[profile dev]\n  services = local\n", "dev"),
        # botocore would refuse it: the section is missing.
        ("[profile dev]\nservices = local\n", "dev"),
        ("[profile dev]\nname = Zoë\n", "dev"),
    ],
)
def test_a_profile_gets_the_url_and_loses_it_again(text: str, profile: str, tmp_path: Path) -> None:
    edited = with_endpoint(text, profile, URL)
    assert endpoint_of(edited, profile, tmp_path) == URL
    assert with_endpoint(edited, profile, URL) == edited
    assert endpoint_of(with_endpoint(edited, profile, OTHER), profile, tmp_path) == OTHER
    assert without_endpoints(edited) == text
    assert set(re.findall(r"\r?\n", edited)) <= {"\r\n" if "\r\n" in text else "\n"}


def test_several_profiles_have_their_own_urls(tmp_path: Path) -> None:
    edited = with_endpoint(with_endpoint(PLAIN, "dev", URL), "default", OTHER)
    assert endpoint_of(edited, "dev", tmp_path) == URL
    assert endpoint_of(edited, "default", tmp_path) == OTHER
    assert without_endpoints(edited, "dev") == with_endpoint(PLAIN, "default", OTHER)
    assert without_endpoints(edited) == PLAIN


def test_profiles_that_share_a_section_share_the_url(tmp_path: Path) -> None:
    text = "[services s]\n[profile a]\nservices = s\n[profile b]\nservices = s\n"
    edited = with_endpoint(text, "a", URL)
    assert with_endpoint(edited, "b", URL) == edited
    assert endpoint_of(edited, "b", tmp_path) == URL
    with pytest.raises(ConfigFileError, match=r"\[services s\] has another customization_jobs"):
        with_endpoint(edited, "b", OTHER)


def test_a_url_that_was_written_by_hand_is_not_replaced() -> None:
    text = f"[services s]\ncustomization_jobs =\n  endpoint_url = {OTHER}\n[profile dev]\nservices = s\n"
    with pytest.raises(ConfigFileError, match=f"Change its endpoint_url to {URL} by hand"):
        with_endpoint(text, "dev", URL)
    assert with_endpoint(text, "dev", OTHER) == text
    assert without_endpoints(text) == text


@pytest.mark.parametrize("text", ["region = x\n", "[a]\n[a]\n", "[a]\nb\n"])
def test_what_aws_clients_cannot_read_is_not_edited(text: str) -> None:
    with pytest.raises(ConfigFileError, match="AWS clients cannot read it"):
        with_endpoint(text, "dev", URL)


def test_blocks_that_were_changed_are_not_removed() -> None:
    edited = with_endpoint(PLAIN, "new", URL)
    # As `aws configure set` would.
    changed = edited.replace(
        "services = customization-jobs-new\n", "services = customization-jobs-new\nregion = x\n"
    )
    assert changed != edited
    with pytest.raises(ConfigFileError, match="were changed"):
        without_endpoints(changed)
    # An option behind the block would go to another section.
    behind = edited.replace("[default]", "region = x\n[default]")
    with pytest.raises(ConfigFileError, match="were changed"):
        without_endpoints(behind)
    # Without its end marker, the block would extend to the end of the next block.
    endless = edited.replace("# end customization-jobs (make client)\n", "[profile z]\nregion = z\n", 1)
    with pytest.raises(ConfigFileError, match="were changed"):
        without_endpoints(endless)


NAMES = st.sampled_from(
    ["default", "profile dev", 'profile "dev"', "profile x", "services s", "sso-session y"]
)
OPTIONS = st.sampled_from(
    [
        "region = x",
        "  region = x",
        "services = s",
        "\tservices = s",
        "s3 =\n  a = b",
        "output=json",
        "x = [y]",
    ]
)
LINES = st.sampled_from(["", "# comment", "  ; comment", "   "])


@st.composite
def files(draw: st.DrawFn) -> str:
    sections = draw(st.lists(st.tuples(NAMES, st.lists(OPTIONS | LINES, max_size=4)), max_size=4))
    lines = [
        *draw(st.lists(LINES, max_size=2)),
        *(line for name, body in sections for line in (f"[{name}]", *body)),
    ]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join("\n".join(lines).split("\n")) + draw(st.sampled_from(["", newline]))


@given(files(), st.sampled_from(["default", "dev"]))
def test_any_file_is_edited_as_intended_or_not_at_all(text: str, profile: str) -> None:
    try:
        edited = with_endpoint(text, profile, URL)
    except ConfigFileError:
        return
    before, after = RawConfigParser(), RawConfigParser()
    before.read_string(text)
    after.read_string(edited)
    for section in before.sections():
        assert before.items(section) == [
            item
            for item in after.items(section)
            if item in before.items(section) or item[0] not in ("services", "customization_jobs")
        ]
    # A header at the very end gets the line break that a line below it needs.
    assert without_endpoints(edited) in (text, f"{text}\n", f"{text}\r\n")
    if not text.rstrip().endswith("]"):
        assert without_endpoints(edited) == text
