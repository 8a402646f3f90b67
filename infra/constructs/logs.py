"""Log groups: all have the same retention and encryption."""

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.settings.model import RETENTION_DAYS, Settings

# The CDK has its own names (ONE_WEEK for 7) and lists them in ascending order, the unlimited one last.
_RETENTION = dict(zip((*RETENTION_DAYS, None), logs.RetentionDays, strict=True))


class Logs(Construct):
    """Creates log groups according to the settings, and their key if `logEncryption` is `kms`."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.removal_policy = RemovalPolicy[settings.removal_policy.upper()]
        self._retention = _RETENTION[settings.log_retention_days]
        self.key = self._create_key() if settings.log_encryption == "kms" else None

    def add_group(self, scope: Construct, construct_id: str) -> logs.LogGroup:
        """Create a log group in the scope of the construct that writes to it."""
        return logs.LogGroup(
            scope,
            construct_id,
            retention=self._retention,
            encryption_key=self.key,
            removal_policy=self.removal_policy,
        )

    def _create_key(self) -> kms.Key:
        stack = Stack.of(self)
        key = kms.Key(
            self,
            "Key",
            description="Encrypts the log groups of the customization jobs service",
            enable_key_rotation=True,
            removal_policy=self.removal_policy,
        )
        log_groups = stack.format_arn(
            service="logs", resource="log-group", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        key.grant_encrypt_decrypt(
            iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com").with_conditions(
                {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}}
            )
        )
        return key
