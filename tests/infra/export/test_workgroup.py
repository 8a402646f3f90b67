"""The Athena workgroup, its saved queries, and the outputs that lead to them."""

from infra.export_sql.statements import saved_queries
from tests.infra.conftest import Synthesis


def test_users_of_the_workgroup_cannot_write_unencrypted_results_or_scan_without_limit(
    export_stack: Synthesis,
) -> None:
    assert export_stack.only("AWS::Athena::WorkGroup") == {
        "Name": "Jobs-export",
        "Description": "Queries of exported model customization jobs",
        "RecursiveDeleteOption": True,
        "WorkGroupConfiguration": {
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": True,
            "BytesScannedCutoffPerQuery": 100_000_000_000,
            "EngineVersion": {"SelectedEngineVersion": "Athena engine version 3"},
            "ResultConfiguration": {
                "OutputLocation": {
                    "Fn::Join": ["", ["s3://", export_stack.ref("AWS::S3::Bucket"), "/query-results/"]]
                },
                "ExpectedBucketOwner": {"Ref": "AWS::AccountId"},
                "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
            },
        },
    }


def test_the_results_expire(export_stack: Synthesis) -> None:
    rules = export_stack.only("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    location = export_stack.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]["ResultConfiguration"]
    prefix = location["OutputLocation"]["Fn::Join"][1][-1].removeprefix("/")
    assert [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == prefix] == [7]


def test_the_workgroup_has_every_saved_query(export_stack: Synthesis) -> None:
    found = sorted(export_stack.of_type("AWS::Athena::NamedQuery").values(), key=lambda each: each["Name"])
    assert found == [
        {
            "Name": query.title,
            "Description": query.description,
            "Database": "jobs",
            "QueryString": query.sql,
            "WorkGroup": export_stack.ref("AWS::Athena::WorkGroup"),
        }
        for query in saved_queries()
    ]


def test_the_outputs_lead_to_the_bucket_the_database_the_workgroup_and_the_queues(
    stack: Synthesis, export_stack: Synthesis
) -> None:
    values = {name: output["Value"] for name, output in export_stack.template["Outputs"].items()}
    added = {name: value for name, value in values.items() if name not in stack.template["Outputs"]}
    assert added == {
        "ExportBucketName": export_stack.ref("AWS::S3::Bucket"),
        "ExportDatabaseName": "jobs",
        "ExportWorkgroupName": export_stack.ref("AWS::Athena::WorkGroup"),
        "ExportFunctionArn": export_stack.arn("AWS::Lambda::Function", "Export"),
        "ExportQueueUrl": export_stack.ref("AWS::SQS::Queue", "ExportWriter"),
        "ExportDeadLetterQueueUrl": export_stack.ref("AWS::SQS::Queue", "ExportDeadLetters"),
        "ExportLogGroupName": export_stack.ref("AWS::Logs::LogGroup", "Export"),
    }


def test_without_the_setting_there_is_nothing_of_the_export(
    stack: Synthesis, other_stack: Synthesis, fleet_stack: Synthesis
) -> None:
    for synthesis in (stack, other_stack, fleet_stack):
        assert [name for name in synthesis.resources if name.startswith("Export")] == []
        assert [name for name in synthesis.template["Outputs"] if name.startswith("Export")] == []
        kinds = {each["Type"].split("::")[1] for each in synthesis.resources.values()}
        assert kinds.isdisjoint({"Athena", "Glue"})


def test_the_export_changes_nothing_but_the_alarms_and_graphs_of_all_deliveries(
    stack: Synthesis, export_stack: Synthesis
) -> None:
    changed = {name for name, each in stack.resources.items() if each != export_stack.resources.get(name)}
    assert {name[:-8] for name in changed} == {
        "AlarmsDeliveryRetries",
        "AlarmsDeliveriesFailed",
        "Dashboard",
    }
