"""The texts as people read them."""

import json
from typing import Any

import pytest

from customization_jobs.notify.kinds import KINDS, read_notifiable_event
from customization_jobs.notify.notification import compose, group
from customization_jobs.watch.transition import Kind
from tests.unit.notify.samples import bus_event, detail, job_event

CONSOLE = (
    "https://us-east-1.console.aws.amazon.com/bedrock/home?region=us-east-1#/custom-models/item/"
    "?arn=arn:aws:bedrock:us-east-1:111122223333:model-customization-job/amazon.nova-lite-v1:0:300k/000000000007"
)


def content(*events: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(compose(events).chat)["content"]
    return found


@pytest.mark.parametrize(
    ("kind", "changes", "subject"),
    [
        (
            "Failed",
            {"failure": {"category": "data-format"}},
            "FAILED support-tone-7: data format (nova-lite, us-east-1)",
        ),
        (
            "Failed",
            {"failure": {"category": "unknown"}},
            "FAILED support-tone-7: reason unknown (nova-lite, us-east-1)",
        ),
        ("Failed", {"failure": None}, "FAILED support-tone-7: reason unknown (nova-lite, us-east-1)"),
        ("FailureExplained", {}, "EXPLAINED support-tone-7: token limit (nova-lite, us-east-1)"),
        ("Stopped", {}, "STOPPED support-tone-7 (nova-lite, us-east-1)"),
        ("Stuck", {}, "STUCK support-tone-7: training 2 d 4 h (nova-lite, us-east-1)"),
        ("Unstuck", {}, "UNSTUCK support-tone-7: job Completed (nova-lite, us-east-1)"),
        ("Completed", {}, "COMPLETED support-tone-7 (nova-lite, us-east-1)"),
    ],
)
def test_the_subject_says_it_all(kind: str, changes: dict[str, Any], subject: str) -> None:
    assert compose([job_event(kind, **changes)]).subject == subject


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("x" * 300, "FAILED " + "x" * 54 + "...: token limit (nova-lite, us-east-1)"),
        ("Ünïcödé", "FAILED Unicode: token limit (nova-lite, us-east-1)"),
        ("名前", "FAILED ??: token limit (nova-lite, us-east-1)"),
        ("a\nb\x00c", "FAILED a b c: token limit (nova-lite, us-east-1)"),
        ("", "FAILED 000000000007: token limit (nova-lite, us-east-1)"),
    ],
)
def test_a_name_that_does_not_fit_a_subject_is_cut_or_replaced_and_the_rest_remains(
    name: str, subject: str
) -> None:
    changed = detail()
    changed["job"]["jobName"] = name
    assert compose([read_notifiable_event(bus_event(changed))]).subject == subject


def test_a_digest_with_many_long_reasons_keeps_its_count_in_the_subject() -> None:
    events = [
        job_event(number=number, failure={"category": f"{'ﷺ' * 9}{number // 2}"}) for number in range(12)
    ]
    subject = compose(events).subject
    assert subject.startswith("FAILED 12 jobs: 2 ")
    assert (len(subject), subject[-3:]) == (100, "...")


@pytest.mark.parametrize(
    ("arn", "short"),
    [
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k", "nova-lite"),
        (
            "arn:aws:bedrock:us-west-2::foundation-model/meta.llama3-1-8b-instruct-v1:0:128k",
            "llama3-1-8b-instruct",
        ),
        (
            "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-haiku-20240307-v1:0:200k",
            "claude-3-haiku-20240307",
        ),
        ("arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-pro-v1:0:300k/abc", "nova-pro"),
        ("something-else", "something-else"),
    ],
)
def test_the_name_of_a_model_is_without_provider_and_version(arn: str, short: str) -> None:
    changed = detail()
    changed["job"]["baseModelArn"] = arn
    assert read_notifiable_event(bus_event(changed)).short_model == short


def test_the_mail_about_a_failure_has_reason_remedy_facts_and_links() -> None:
    event = job_event()
    assert compose([event]).mail == (
        "The model customization job support-tone-7 failed.\n"
        "\n"
        "Why: Maximum input token count 4097 exceeds limit of 4096\n"
        "\n"
        f"What to do: {event.failure.remedy} The same job, created again unchanged, will fail again.\n"
        "\n"
        "Job:            support-tone-7\n"
        "Base model:     amazon.nova-lite-v1:0:300k\n"
        "Customization:  FINE_TUNING\n"
        "Region:         us-east-1\n"
        "Account:        111122223333\n"
        "Time:           2026-03-01 11:59:30 UTC, found by a sweep\n"
        "\n"
        f"Console:  {CONSOLE}\n"
        f"Guide:    {event.failure.link}\n"
        f"ARN:      {event.job_arn}\n"
        f"Event:    {event.id}\n"
    )


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        ("Stuck", {}, "Why: The job has not ended after 2 d 4 h; the limit is 1 d."),
        (
            "Stuck",
            {"transition": {"scope": "dataProcessing", "age": "2 h", "limit": "1 h"}},
            "Why: The data processing has not ended after 2 h; the limit is 1 h.",
        ),
        (
            "Stuck",
            {"transition": {"scope": "job", "status": "Stopping", "age": "2 h", "limit": "1 h"}},
            "Why: The job has been stopping for 2 h; the limit is 1 h.",
        ),
        ("Unstuck", {}, "Why: Now: job Completed."),
        ("Completed", {}, "Why: The custom model is support-tone."),
        ("Stopped", {}, "CloudTrail records who it was."),
        ("Failed", {"failure": {"message": None}}, "Why: Bedrock's message could not be fetched."),
        ("FailureExplained", {}, "support-tone-7 failed, and the reason is now known."),
    ],
)
def test_each_kind_says_why(kind: str, changes: dict[str, Any], why: str) -> None:
    assert why in compose([job_event(kind, **changes)]).mail


@pytest.mark.parametrize(
    ("retry_helps", "sentence"), [(True, "can succeed"), (False, "will fail again"), (None, "")]
)
def test_whether_a_retry_helps_is_said_if_it_is_known(retry_helps: Any, sentence: str) -> None:
    mail = compose(
        [job_event(failure={"category": "size", "remedy": "Fix it.", "retryHelps": retry_helps})]
    ).mail
    assert ("The same job, created again unchanged" in mail) is bool(sentence)
    assert sentence in mail


def test_the_chat_message_has_title_reason_next_steps_links_and_the_jobs_thread() -> None:
    event = job_event()
    message = json.loads(compose([event]).chat)
    assert message["content"] == {
        "textType": "client-markdown",
        "title": "FAILED `support-tone-7`: token limit",
        "description": (
            "The model customization job failed.\n"
            "Why: `Maximum input token count 4097 exceeds limit of 4096`\n"
            "Base model: `amazon.nova-lite-v1:0:300k`, `FINE_TUNING`\n"
            "Where: `us-east-1`, account `111122223333`\n"
            "When: `2026-03-01 11:59:30 UTC`\n"
            f"Console: {CONSOLE}\n"
            f"Guide: {event.failure.link}"
        ),
        "nextSteps": [event.failure.remedy, "The same job, created again unchanged, will fail again."],
        "keywords": ["Failed", "nova-lite", "FINE_TUNING", "us-east-1"],
    }
    assert message["id"] == event.id
    assert message["metadata"]["threadId"] == "111122223333-us-east-1-000000000007"
    assert message["metadata"]["relatedResources"] == [event.job_arn]


def test_events_of_one_job_share_a_thread_whichever_form_its_arn_has() -> None:
    short = detail("FailureExplained")
    short["job"]["jobArn"] = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/000000000007"
    events = [job_event("Stuck"), job_event(), read_notifiable_event(bus_event(short)), job_event(number=8)]
    first, second, third, other = (
        json.loads(compose([each]).chat)["metadata"]["threadId"] for each in events
    )
    assert first == second == third != other


def test_a_step_that_is_too_long_is_split_between_sentences() -> None:
    remedy = f"{'a' * 200}. {'b' * 200}. {'c' * 300}."
    steps = content(job_event(failure={"remedy": remedy}))["nextSteps"]
    assert steps == [f"{'a' * 200}.", f"{'b' * 200}.", f"{'c' * 247}..."]


def test_attributes_are_those_that_filters_need_and_unknown_ones_are_left_out() -> None:
    assert compose([job_event()]).attributes == {
        "kind": ["Failed"],
        "jobName": ["support-tone-7"],
        "customizationType": ["FINE_TUNING"],
        "baseModel": ["amazon.nova-lite-v1:0:300k"],
        "failureCategory": ["token-limit"],
        "region": ["us-east-1"],
        "account": ["111122223333"],
    }
    assert "failureCategory" not in compose([job_event("Stopped")]).attributes


def test_exactly_as_many_events_as_the_setting_are_single_and_one_more_is_a_digest() -> None:
    events = [job_event(number=number) for number in range(11)]
    assert group(events[:10], digest_above=10) == [[each] for each in events[:10]]
    assert group(events, digest_above=10) == [events]


def test_only_events_of_one_kind_account_and_region_share_a_digest() -> None:
    other_region = detail("Failed", 50)
    other_region["job"]["jobArn"] = other_region["job"]["jobArn"].replace("us-east-1", "us-west-2")
    failed = [job_event(number=number) for number in range(3)]
    others = [job_event("Stuck", 60), read_notifiable_event(bus_event(other_region)), job_event("Stuck", 61)]
    groups = group([*failed, *others], digest_above=2)
    assert [len(each) for each in groups] == [3, 1, 1, 1]
    assert groups[0] == failed


def test_a_digest_has_counts_a_table_and_what_to_do() -> None:
    size = {"category": "size", "remedy": "Shorten the file.", "retryHelps": False}
    events = [job_event(number=number) for number in range(3)] + [job_event(number=9, failure=size)]
    notification = compose(events)
    assert notification.subject == "FAILED 4 jobs: 3 token limit, 1 size (us-east-1)"
    assert notification.mail == (
        "4 model customization jobs failed.\n"
        "\n"
        "JOB             WHY          BASE MODEL  TIME\n"
        "support-tone-0  token limit  nova-lite   2026-03-01 11:59:30 UTC\n"
        "support-tone-1  token limit  nova-lite   2026-03-01 11:59:30 UTC\n"
        "support-tone-2  token limit  nova-lite   2026-03-01 11:59:30 UTC\n"
        "support-tone-9  size         nova-lite   2026-03-01 11:59:30 UTC\n"
        "\n"
        f"What to do (3 jobs): {events[0].failure.remedy} The same job, created again unchanged, will fail "
        "again.\n"
        "\n"
        "What to do (1 job): Shorten the file. The same job, created again unchanged, will fail again.\n"
        "\n"
        "Region:   us-east-1\n"
        "Account:  111122223333\n"
        f"Console:  {CONSOLE.partition('/item/')[0]}\n"
    )
    found = json.loads(notification.chat)
    assert found["content"]["title"] == "FAILED 4 jobs"
    assert "```\nJOB             WHY " in found["content"]["description"]
    assert found["content"]["nextSteps"][1].startswith("1 of 4: Shorten the file.")
    assert found["metadata"]["threadId"] == f"digest-{events[0].id}"
    assert notification.attributes["jobName"] == [f"support-tone-{number}" for number in (0, 1, 2, 9)]
    assert notification.attributes["failureCategory"] == ["token-limit", "size"]


def test_a_digest_of_stuck_jobs_counts_no_summary_that_says_nothing() -> None:
    transitions = [
        {"scope": "job", "phase": "training", "age": f"{days} d", "limit": "1 d"} for days in range(5)
    ]
    events = [job_event("Stuck", number, transition=each) for number, each in enumerate(transitions)]
    assert compose(events).subject == "STUCK 5 jobs (us-east-1)"
    assert "WHY" not in compose([job_event("Stopped", number) for number in range(5)]).mail


def test_a_long_digest_shows_the_first_jobs_and_counts_the_others() -> None:
    events = [job_event(number=number) for number in range(500)]
    assert "\nand 300 more\n" in compose(events).mail
    assert "\nand 475 more\n" in content(*events)["description"]


def test_every_kind_is_one_that_the_watch_publishes() -> None:
    assert set(KINDS) <= set(Kind)
    assert {text.label for text in KINDS.values()} == {text.label.upper() for text in KINDS.values()}
    assert len({text.label for text in KINDS.values()}) == len(KINDS)


def test_a_long_message_is_cut_in_chat_so_that_the_links_remain_in_sight_and_whole_in_a_mail() -> None:
    event = job_event(failure={"message": "m" * 4096})
    assert "m" * 4096 in compose([event]).mail
    description = content(event)["description"]
    assert f"Why: `{'m' * 2497}...`\n" in description
    assert description.endswith(CONSOLE)
