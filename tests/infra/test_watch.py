"""The parts of the stack that make the watch: table, bus, events, news, dashboard, releases."""

import json
import re
from typing import Any

import pytest

from customization_jobs.callers.recognise import Caller, recognise
from infra.bundling import CALLED
from infra.news import TEXTS
from tests.infra.conftest import ROOT, Synthesis
from tests.infra.test_stack import the_id


def example() -> dict[str, Any]:
    """Read the example of docs/events.md, and put it into an event as EventBridge delivers it."""
    (text,) = re.findall(
        r"## Example\n\n```json\n(.*?)\n```", (ROOT / "docs/events.md").read_text(), re.DOTALL
    )
    return {"source": "bedrock-customization-jobs", "detail": json.loads(text)}


def rule(stack: Synthesis, prefix: str) -> dict[str, Any]:
    properties: dict[str, Any] = stack.of_type("AWS::Events::Rule")[
        the_id(stack, "AWS::Events::Rule", prefix)
    ]
    return properties


# ----------------------------------------------------------------------------------------------------- table


def test_the_table_is_on_demand_recoverable_encrypted_and_forgets(stack: Synthesis) -> None:
    assert stack.only("AWS::DynamoDB::Table") == {
        "AttributeDefinitions": [{"AttributeName": "jobArn", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "jobArn", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
        "DeletionProtectionEnabled": False,
    }


def test_a_table_that_is_to_be_kept_is_protected(stack: Synthesis, other_stack: Synthesis) -> None:
    table = stack.resources[the_id(stack, "AWS::DynamoDB::Table")]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Delete"
    kept = other_stack.resources[the_id(other_stack, "AWS::DynamoDB::Table")]
    assert kept["DeletionPolicy"] == kept["UpdateReplacePolicy"] == "Retain"
    assert kept["Properties"]["DeletionProtectionEnabled"] is True


def test_the_attribute_that_expires_is_the_one_that_the_store_writes() -> None:
    store = (ROOT / "lambda_src/customization_jobs/watch/store.py").read_text()
    assert 'item["expiresAt"]' in store


# ---------------------------------------------------------------------------------------------------- events


def test_bedrocks_events_reach_the_watch_or_a_queue(stack: Synthesis) -> None:
    changes = rule(stack, "StateChanges")
    assert "EventBusName" not in changes
    assert changes["EventPattern"] == {
        "source": ["aws.bedrock"],
        "detail-type": ["Model Customization Job State Change"],
        "account": [{"Ref": "AWS::AccountId"}],
        "region": [{"Ref": "AWS::Region"}],
    }
    (target,) = changes["Targets"]
    # The event as it is: replays and the function read it.
    assert not {"Input", "InputPath", "InputTransformer"} & set(target)
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    queue = the_id(stack, "AWS::SQS::Queue", "StateChanges")
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}


def test_the_function_knows_what_its_callers_send(stack: Synthesis) -> None:
    pattern = rule(stack, "StateChanges")["EventPattern"]
    event = {"source": pattern["source"][0], "detail-type": pattern["detail-type"][0], "detail": {}}
    assert recognise(event) is Caller.STATE_CHANGE
    assert recognise(json.loads(stack.only("AWS::Scheduler::Schedule")["Target"]["Input"])) is Caller.SCHEDULE


# ------------------------------------------------------------------------------------------------------ news


@pytest.mark.parametrize("kind", ["Failed", "Stopped", "Stuck"])
def test_a_rule_of_our_bus_sends_each_kind_to_the_topic(stack: Synthesis, kind: str) -> None:
    news = rule(stack, f"News{kind}")
    assert news["EventBusName"] == {"Ref": the_id(stack, "AWS::Events::EventBus")}
    assert news["EventPattern"] == {
        "source": ["bedrock-customization-jobs"],
        "detail-type": [f"Model Customization Job {kind}"],
        "detail": {"version": ["1"]},
    }
    (target,) = news["Targets"]
    assert target["Arn"] == {"Ref": the_id(stack, "AWS::SNS::Topic", "News")}
    assert target["RoleArn"] == {"Fn::GetAtt": [the_id(stack, "AWS::IAM::Role", "NewsRole"), "Arn"]}
    queue = the_id(stack, "AWS::SQS::Queue", "News")
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}


def test_settings_choose_who_hears_what(other_stack: Synthesis) -> None:
    (only,) = other_stack.of_type("AWS::Events::Rule")
    assert only.startswith("StateChanges")


def told(stack: Synthesis, kind: str, event: dict[str, Any]) -> str:
    """Fill in the text of a rule as EventBridge does."""
    transformer = rule(stack, f"News{kind}")["Targets"][0]["InputTransformer"]
    template = transformer["InputTemplate"]
    assert len(template) <= 8192
    assert set(re.findall(r"<([^>]+)>", template)) == set(transformer["InputPathsMap"])
    for name, path in transformer["InputPathsMap"].items():
        value: Any = event
        for key in path.removeprefix("$.").split("."):
            value = value[key]
        text = value if isinstance(value, str) else json.dumps(value)
        template = template.replace(f"<{name}>", text)
    lines = template.splitlines()
    # Each line is a JSON text: SNS is sent them so, and a mail shows the quotes.
    assert all(len(line) > 2 and line[0] == line[-1] == '"' and "\\" not in line for line in lines)
    return "\n".join(line[1:-1] for line in lines)


def test_a_failure_is_told_with_its_reason_remedy_and_link(stack: Synthesis) -> None:
    event = example()
    assert told(stack, "Failed", event) == (
        "The model customization job support-tone-7 failed.\n"
        "Job: support-tone-7\n"
        f"Customization: FINE_TUNING of {event['detail']['job']['baseModelArn']}\n"
        "When: 2026-03-01T11:59:30Z (found by sweep)\n"
        "Why (token-limit): Maximum input token count 4097 exceeds limit of 4096\n"
        f"What to do: {event['detail']['failure']['remedy']}\n"
        "The same job again can succeed: false\n"
        f"More: {event['detail']['failure']['link']}\n"
        f"Console: {event['detail']['consoleUrl']}\n"
        "Event: 0ab00fd796799ced21dd35c8096d9a55"
    )


def test_what_is_stuck_is_told_with_its_age_and_limit(stack: Synthesis) -> None:
    event = example()
    event["detail"]["transition"] = {
        "scope": "job",
        "phase": "training",
        "ageSeconds": 90_000,
        "limitSeconds": 86_400,
    }
    text = told(stack, "Stuck", event)
    assert "Why: the job is in progress for 90000 seconds; the limit is 86400." in text
    assert "Phase: training" in text
    assert "Console: https://" in text


def test_what_was_stopped_is_told(stack: Synthesis) -> None:
    text = told(stack, "Stopped", example())
    assert text.startswith("The model customization job support-tone-7 was stopped.\nJob:")
    assert "What to do: " in text
    assert "Console: https://" in text


def test_the_texts_use_paths_of_the_schema_alone() -> None:
    schema = json.loads((ROOT / "docs/event.schema.json").read_text())
    for path in {path for text in TEXTS.values() for path in re.findall(r"<\$\.detail\.([^>]+)>", text)}:
        part = schema
        for key in path.split("."):
            part = part["properties"][key]


# ------------------------------------------------------------------------------------------------- dashboard


def dashboard(stack: Synthesis) -> dict[str, Any]:
    body = stack.only("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else f"({part['Ref']})" for part in body)
    read: dict[str, Any] = json.loads(text)
    return read


def test_the_board_is_asked_of_the_listing_functions_alias(stack: Synthesis) -> None:
    (board,) = (each for each in dashboard(stack)["widgets"] if each["type"] == "custom")
    assert board["properties"]["endpoint"] == f"({the_id(stack, 'AWS::Lambda::Alias', 'Listing')})"
    assert board["properties"]["updateOn"] == {"refresh": True, "resize": False, "timeRange": False}
    assert (board["width"], board["y"]) == (24, 0)


def metrics(widget: dict[str, Any]) -> list[str]:
    """Give the names of a widget's metrics with their own dimension."""
    return [
        each[1] if isinstance(each[0], str) else each[0]["expression"]
        for each in widget["properties"].get("metrics", [])
    ]


def test_the_dashboard_shows_jobs_events_and_the_service(stack: Synthesis) -> None:
    shown = {each["properties"]["title"]: metrics(each) for each in dashboard(stack)["widgets"]}
    assert shown == {
        "Model customization jobs": [],
        "Jobs by status": ["Jobs"] * 5,
        "Oldest job in progress, hours": ["age / 3600", "OldestInProgressAge"],
        "Failed and completed in the last 24 hours": ["FailedLast24Hours", "CompletedLast24Hours"],
        "Transitions told, by kind": ["TransitionsTold"] * 8,
        "Events of Bedrock that only a sweep made up for": ["MissedEvents"],
        "Sweeps": ["SweepsCompleted", "SweepsIncomplete"],
        "API latency": ["Latency"] * 3,
        "API requests and errors": ["Count", "4XXError", "5XXError"],
        "Listing function": ["Errors", "Throttles", "Duration", "Duration"],
        "Watch function": ["Errors", "Throttles", "Duration", "Duration"],
    }


def test_the_dashboards_metrics_have_the_dimensions_that_the_function_writes(other_stack: Synthesis) -> None:
    of_ours = [
        dict(zip(each[2:-1:2], each[3:-1:2], strict=True)) | {"name": each[1]}
        for widget in dashboard(other_stack)["widgets"]
        for each in widget["properties"].get("metrics", [])
        if each[0] == "BedrockCustomizationJobs"
    ]
    base = {"service": "customization-jobs", "Region": "us-west-2"}
    assert base | {"Sweep": "support", "Status": "InProgress", "name": "Jobs"} in of_ours
    assert base | {"Sweep": "support", "name": "OldestInProgressAge"} in of_ours
    assert base | {"name": "MissedEvents"} in of_ours
    assert base | {"Kind": "Stuck", "name": "TransitionsTold"} in of_ours


# -------------------------------------------------------------------------------------------------- releases


def groups(stack: Synthesis) -> dict[str, dict[str, Any]]:
    return {
        name.removeprefix("Releases")[:-8]: group
        for name, group in stack.of_type("AWS::CodeDeploy::DeploymentGroup").items()
    }


def test_both_aliases_move_by_canary_and_back_on_their_alarms(stack: Synthesis) -> None:
    expected = {"Listing": ("FunctionRelease", "ApiRelease"), "Watch": ("WatchRelease",)}
    assert set(groups(stack)) == set(expected)
    for name, group in groups(stack).items():
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        alarms = [
            {"Name": {"Ref": the_id(stack, "AWS::CloudWatch::Alarm", f"Alarms{alarm}")}}
            for alarm in expected[name]
        ]
        assert group["AlarmConfiguration"] == {"Alarms": alarms, "Enabled": True}
        assert group["AutoRollbackConfiguration"] == {
            "Enabled": True,
            "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
        }
        alias = stack.resources[the_id(stack, "AWS::Lambda::Alias", name)]
        assert alias["UpdatePolicy"] == {
            "CodeDeployLambdaAliasUpdate": {
                "ApplicationName": {"Ref": the_id(stack, "AWS::CodeDeploy::Application")},
                "DeploymentGroupName": {
                    "Ref": the_id(stack, "AWS::CodeDeploy::DeploymentGroup", f"Releases{name}")
                },
            }
        }


def test_a_release_is_undone_for_errors_of_the_new_version_alone(stack: Synthesis) -> None:
    for alarm, function in (("FunctionRelease", "Listing"), ("WatchRelease", "Watch")):
        properties = stack.of_type("AWS::CloudWatch::Alarm")[
            the_id(stack, "AWS::CloudWatch::Alarm", f"Alarms{alarm}")
        ]
        dimensions = {each["Name"]: each["Value"] for each in properties["Dimensions"]}
        name = {"Ref": the_id(stack, "AWS::Lambda::Function", function)}
        version = the_id(stack, "AWS::Lambda::Version", function)
        assert dimensions == {
            "FunctionName": name,
            "Resource": {"Fn::Join": ["", [name, ":live"]]},
            "ExecutedVersion": {"Fn::GetAtt": [version, "Version"]},
        }
        # It can ring within the five minutes of the shortest canary.
        assert properties["Period"] * properties["DatapointsToAlarm"] < 300


def test_the_apis_release_alarm_names_the_stage_that_there_is(stack: Synthesis) -> None:
    properties = stack.of_type("AWS::CloudWatch::Alarm")[
        the_id(stack, "AWS::CloudWatch::Alarm", "AlarmsApiRelease")
    ]
    assert {each["Name"]: each["Value"] for each in properties["Dimensions"]} == {
        "ApiName": stack.only("AWS::ApiGateway::RestApi")["Name"],
        "Stage": stack.only("AWS::ApiGateway::Stage")["StageName"],
    }


def test_a_release_all_at_once_asks_no_alarm(other_stack: Synthesis) -> None:
    for group in groups(other_stack).values():
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"
        assert group["AlarmConfiguration"] == {"Enabled": False}
        assert group["AutoRollbackConfiguration"] == {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE"]}


# ---------------------------------------------------------------------------------------------- together


def test_what_the_roles_allow_is_what_the_bundle_can_call(stack: Synthesis) -> None:
    allowed = {
        action
        for policy in stack.of_type("AWS::IAM::Policy").values()
        if any(
            {"Ref": the_id(stack, "AWS::IAM::Role", f"{name}Role")} in policy["Roles"]
            for name in ("Listing", "Watch")
        )
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    of_aws = {each for each in allowed if each.split(":")[0] in CALLED}
    assert of_aws == {f"{service}:{operation}" for service, names in CALLED.items() for operation in names}
