"""docs/runbook.md: each alarm leads to a section that says what to do, with a query of the template."""

import re
from collections.abc import Iterator

import pytest

from customization_jobs.errors import ERRORS, Origin
from tests.infra.alarm_properties import alarms
from tests.infra.conftest import ROOT, Synthesis
from tests.test_documents import anchors

RUNBOOK = ROOT / "docs/runbook.md"
TEXT = RUNBOOK.read_text(encoding="utf-8")
# A query, after the sentence with its name and the outputs that name its log groups.
QUERY = re.compile(r"[Qq]uery\s\*\*([^*]+)\*\*\s\(([^)]+)\)[^\n]*\n\n```text\n(.*?)\n```", re.DOTALL)


def sections() -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the text of each section with the alarms that share it: the headings that follow each other."""
    names: list[str] = []
    for heading, body in re.findall(r"^### (.+)\n((?:(?!#).*\n)*)", TEXT, re.MULTILINE):
        names.append(heading)
        if body.strip():
            yield tuple(names), body
            names.clear()
    assert names == [], "headings without a text"


def shown_queries() -> set[tuple[str, tuple[str, ...], str]]:
    return {
        (" ".join(name.split()), tuple(re.findall(r"`(\w+)`", groups)), text)
        for name, groups, text in QUERY.findall(TEXT)
    }


def test_the_address_in_each_description_leads_to_the_section_of_the_alarm(
    every_part_stack: Synthesis,
) -> None:
    for name, properties in alarms(every_part_stack).items():
        address = re.fullmatch(r".+\. Runbook: ([^#\s]+)#(\S+)", properties["AlarmDescription"])
        assert address, name
        path, anchor = address.groups()
        assert ROOT / path == RUNBOOK
        assert anchor in anchors(RUNBOOK)
        # GitHub's anchor of a heading that is one word.
        assert anchor == name.lower()


def test_every_section_is_about_alarms_that_exist(every_part_stack: Synthesis) -> None:
    headings = [name for names, _ in sections() for name in names]
    assert sorted(headings) == sorted(alarms(every_part_stack))


def test_an_alarm_of_an_organization_leads_to_its_own_runbook(other_stack: Synthesis) -> None:
    for name, properties in alarms(other_stack).items():
        link = f" Runbook: https://wiki.example.com/runbook#{name.lower()}"
        assert properties["AlarmDescription"].endswith(link)


def test_no_description_is_longer_than_cloudwatch_allows(every_part_stack: Synthesis) -> None:
    longest_address = 500
    longest = max(len(each["AlarmDescription"]) for each in alarms(every_part_stack).values())
    assert longest - len("docs/runbook.md") + longest_address <= 1024


@pytest.mark.parametrize(("names", "body"), list(sections()), ids=str)
def test_a_section_says_what_it_means_how_urgent_it_is_what_to_do_and_when_it_is_over(
    names: tuple[str, ...], body: str
) -> None:
    for part in ("**Means:** ", "**Urgency:** ", "| error | cause | do |", "**Over:** "):
        assert body.count(part) == 1, (names, part)
    # Without a query, the section says that there is no log.
    assert QUERY.search(body) or re.search(r"write no log|No log has", body)


def test_the_queries_are_those_of_the_template(every_part_stack: Synthesis) -> None:
    output_of = {
        output["Value"]["Ref"]: name
        for name, output in every_part_stack.template["Outputs"].items()
        if name.endswith("LogGroupName")
    }
    saved = {
        (
            query["Name"].removeprefix("Jobs/"),
            tuple(output_of[group["Ref"]] for group in query["LogGroupNames"]),
            query["QueryString"],
        )
        for query in every_part_stack.of_type("AWS::Logs::QueryDefinition").values()
    }
    assert shown_queries() == saved
    # `QUERY` matches every query of the document.
    assert TEXT.count("```text") == len(QUERY.findall(TEXT))


def test_every_error_that_is_not_the_callers_has_a_remedy() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    for error in ERRORS:
        if error.origin is not Origin.CALLER:
            assert any(f"`{error.__name__}`" in row.split(" | ")[0] for row in rows), error


def test_every_output_that_the_runbook_names_exists(every_part_stack: Synthesis) -> None:
    named = set(re.findall(r"`(\w+(?:LogGroupName|QueueUrl|Arn))`", TEXT))
    assert len(named) > 8
    assert named <= set(every_part_stack.template["Outputs"])


def test_every_setting_that_the_runbook_names_exists(stack: Synthesis) -> None:
    known = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))
    raised = set(re.findall(r"(?:raise|lower|set|is|or|and|check) `([a-z]+[A-Z]\w+)`", TEXT))
    fields = {"functionStatus", "errorType", "lambdaStatus", "functionRequestId"}
    assert len(raised - fields) > 5
    assert raised - fields <= known
    assert stack.settings.runbook_url == "docs/runbook.md"
