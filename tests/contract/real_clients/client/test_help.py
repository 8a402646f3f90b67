"""`aws customization-jobs help`."""

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.contract.real_clients.conftest import missing

if TYPE_CHECKING:
    from tests.contract.real_clients.client.conftest import RunAws


def manual(aws: "RunAws", *command: str) -> str:
    """Return the text of a page, on one line."""
    if shutil.which("groff") is None and shutil.which("mandoc") is None:
        missing("The AWS CLI prints help by `groff` or `mandoc`. Install one of them.")
    done = aws(*command, "help")
    assert done.returncode == 0, done.stderr
    plain = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
    # groff hyphenates words at the ends of lines.
    return re.sub(r"\s+", " ", re.sub(r"(?<=[a-z])-\n\s*", "", plain))


@pytest.mark.parametrize(
    ("command", "texts"),
    [
        (
            (),
            [
                "lists with filters that Bedrock lacks",
                "needs an equals sign: --creation-time-after=-7d",
                "get-overview",
                "get-fleet-coverage",
                "list-model-customization-jobs",
                "wait",
            ],
        ),
        (
            ("list-model-customization-jobs",),
            [
                "Return customization jobs created after the specified time.",
                "Examples: 2026-01-31T12:00:00Z",
                "Jobs in any of these statuses.",
                "o Stopping",
                "[--where-stuck | --no-where-stuck]",
                "is a paginated operation",
            ],
        ),
        (("get-overview",), ["stuck -> (structure)", "Jobs in progress for longer than their limits"]),
        (("wait",), ["jobs-ended", "job-ended", "job-completed"]),
        (
            ("wait", "jobs-ended"),
            ["It will poll every 60 seconds", "This will exit with a return code of 255 after 2880"],
        ),
    ],
)
def test_a_page_says_what_there_is(command: tuple[str, ...], texts: list[str], aws: "RunAws") -> None:
    page = manual(aws, *command)
    assert [text for text in texts if text not in page] == []
    # There is no such page.
    assert "AWS API Documentation" not in page
