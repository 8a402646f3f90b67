"""The rule that delivers Bedrock's events to the watch function."""

from customization_jobs.callers import Caller, recognize
from tests.infra.conftest import Synthesis


def test_the_rule_matches_state_changes_of_this_account_and_region(
    stack: Synthesis, other_stack: Synthesis
) -> None:
    rule = stack.only("AWS::Events::Rule", "StateChanges")
    assert "EventBusName" not in rule
    assert rule["EventPattern"] == {
        "source": ["aws.bedrock"],
        "detail-type": ["Model Customization Job State Change"],
        "account": [{"Ref": "AWS::AccountId"}],
        "region": [{"Ref": "AWS::Region"}],
    }
    other = other_stack.only("AWS::Events::Rule", "StateChanges")
    assert other["EventPattern"]["region"] == ["us-west-2"]


def test_undeliverable_events_end_in_the_dead_letter_queue(stack: Synthesis) -> None:
    (target,) = stack.only("AWS::Events::Rule", "StateChanges")["Targets"]
    # The event is unchanged: the function and replays rely on it.
    assert not {"Input", "InputPath", "InputTransformer"} & set(target)
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    assert target["DeadLetterConfig"] == {"Arn": stack.arn("AWS::SQS::Queue", "StateChanges")}


def test_the_function_recognizes_the_events_of_the_rule(stack: Synthesis) -> None:
    pattern = stack.only("AWS::Events::Rule", "StateChanges")["EventPattern"]
    event = {"source": pattern["source"][0], "detail-type": pattern["detail-type"][0], "detail": {}}
    assert recognize(event) is Caller.STATE_CHANGE
