"""Log groups and their key."""

import json

from tests.infra.conftest import Synthesis


def test_all_log_groups_have_the_same_retention_and_are_deleted_with_the_stack(stack: Synthesis) -> None:
    groups = stack.of_type("AWS::Logs::LogGroup")
    assert len(groups) == 7
    for name, group in groups.items():
        assert group == {"RetentionInDays": 30}
        assert stack.resources[name]["DeletionPolicy"] == "Delete"
    assert stack.of_type("AWS::KMS::Key") == {}


def test_settings_choose_retention_encryption_and_removal(other_stack: Synthesis) -> None:
    key = other_stack.logical_id("AWS::KMS::Key")
    assert other_stack.resources[key]["DeletionPolicy"] == "Retain"
    for name, group in other_stack.of_type("AWS::Logs::LogGroup").items():
        assert group == {"RetentionInDays": 365, "KmsKeyId": {"Fn::GetAtt": [key, "Arn"]}}
        assert other_stack.resources[name]["DeletionPolicy"] == "Retain"


def test_the_key_serves_only_the_log_groups_of_this_account(other_stack: Synthesis) -> None:
    key = other_stack.only("AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    administration, logs = key["KeyPolicy"]["Statement"]
    assert ":root" in json.dumps(administration["Principal"])
    assert logs["Principal"] == {
        "Service": {"Fn::Join": ["", ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}
    }
    assert logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]["Fn::Join"][1][1:] == [
        {"Ref": "AWS::Partition"},
        ":logs:",
        {"Ref": "AWS::Region"},
        ":",
        {"Ref": "AWS::AccountId"},
        ":log-group:*",
    ]
