"""The bucket of the export."""

from tests.infra.conftest import Synthesis


def test_the_bucket_is_private_encrypted_and_deletes_files_results_and_incomplete_uploads(
    export_stack: Synthesis,
) -> None:
    assert export_stack.only("AWS::S3::Bucket") == {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            ]
        },
        "LifecycleConfiguration": {
            "Rules": [
                {"Prefix": "kind=", "ExpirationInDays": 1096, "Status": "Enabled"},
                {"Prefix": "query-results/", "ExpirationInDays": 7, "Status": "Enabled"},
                {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}, "Status": "Enabled"},
            ]
        },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    }


def test_its_policy_only_denies_requests_without_tls(export_stack: Synthesis) -> None:
    bucket = export_stack.arn("AWS::S3::Bucket")
    assert export_stack.only("AWS::S3::BucketPolicy") == {
        "Bucket": export_stack.ref("AWS::S3::Bucket"),
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": {"AWS": "*"},
                    "Action": "s3:*",
                    "Resource": [bucket, {"Fn::Join": ["", [bucket, "/*"]]}],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        },
    }


def test_it_outlives_the_stack_and_keeps_its_logical_id(
    export_stack: Synthesis, every_part_stack: Synthesis
) -> None:
    for stack in (export_stack, every_part_stack):
        bucket = stack.resources["ExportBucketFD42BCED"]
        assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_setting_chooses_how_long_files_are_kept(every_part_stack: Synthesis) -> None:
    files, results, _ = every_part_stack.only("AWS::S3::Bucket", "Export")["LifecycleConfiguration"]["Rules"]
    assert (files["ExpirationInDays"], results["ExpirationInDays"]) == (90, 7)
