"""`make run FLEET=1 ONCE=1`, as a user starts it."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.conftest import Run

    Start = Callable[..., Run]


def test_the_fleet_is_demonstrated(start: "Start") -> None:
    # make puts its variable into the environment, where the functions read one of the same name.
    code, output, errors = start("--once", "--fleet", FLEET="1").end()
    assert (code, errors) == (0, ""), output
    assert output.endswith("All of it was observed.\n")
    assert max(map(len, output.splitlines())) < 120
    # What one sweep covers, and what denied access to the rest.
    assert re.search(r"^ +hub/us-east-1 +listed +\d\d:\d\d:\d\d +80$", output, re.MULTILINE)
    assert re.search(
        r"^ +research/us-west-2 +denied +serviceControlPolicy +never +unknown$", output, re.MULTILINE
    )
    assert re.search(r"^ +support/us-west-2 +throttled +never +unknown$", output, re.MULTILINE)
    coverage = "Coverage: not complete, 6 sources: 4 listed, 1 denied, 1 throttled\n"
    assert output.count(coverage) == 3, "with each of the three answers"
    assert "200 jobs on 4 pages, each once, in order." in output
    assert "< 200 jobs: " in output
    # The source that goes dark and comes back.
    dark, back = "< Source dark: support/us-east-1 (permissions)", "< Source back: support/us-east-1 (listed)"
    assert (output.count(dark), output.count(back)) == (1, 1)
    assert output.index("may no longer list jobs") < output.index(dark) < output.index("may list jobs again")
    assert "The watch woke the workflow that waited: " in output
    # Transitions of several accounts, from events and from sweeps.
    sources = set(
        re.findall(r"^   \d\d:\d\d:\d\d  (\w+)/\S+ +\S+ +[^,]+, from Bedrock's event$", output, re.MULTILINE)
    )
    assert len(sources) > 1
    assert ", event missed, found by sweep" in output


def test_a_fleet_needs_the_embedded_bedrock(start: "Start") -> None:
    code, _, error = start("--fleet", "--bedrock", "aws").end()
    assert code == 2
    assert error.endswith("error: --fleet runs with the embedded Bedrock only\n")
