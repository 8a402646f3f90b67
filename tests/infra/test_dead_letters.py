"""The dead-letter queues."""

from tests.infra.conftest import Synthesis

# The queue of the notification function, which is no dead-letter queue.
WAITING = "NotificationsPublisher"


def test_dead_letter_queues_are_encrypted_and_keep_messages_for_two_weeks(stack: Synthesis) -> None:
    queues = [
        queue for name, queue in stack.of_type("AWS::SQS::Queue").items() if not name.startswith(WAITING)
    ]
    assert len(queues) == 3
    for queue in queues:
        assert queue == {"MessageRetentionPeriod": 1_209_600, "SqsManagedSseEnabled": True}


def test_all_queues_require_tls_and_accept_messages_only_from_rules_of_this_stack(
    stack: Synthesis,
) -> None:
    for name in stack.of_type("AWS::SQS::Queue"):
        policies = stack.of_type("AWS::SQS::QueuePolicy").values()
        (policy,) = (each for each in policies if {"Ref": name} in each["Queues"])
        tls, *others = policy["PolicyDocument"]["Statement"]
        assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        for other in others:
            assert other["Action"] == "sqs:SendMessage"
            assert other["Principal"] == {"Service": "events.amazonaws.com"}
            (rule,) = other["Condition"]["ArnEquals"].values()
            assert rule["Fn::GetAtt"][0] in stack.of_type("AWS::Events::Rule")
