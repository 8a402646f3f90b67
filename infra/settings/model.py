"""The settings of the stack, one row each: name, default, rule and description.

Those of jobs and of the fleet are in `job_settings` and `fleet_settings`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from customization_jobs.notify.kinds import KINDS
from infra.settings.fleet_settings import FleetSettings
from infra.settings.jwt_rules import JWT
from infra.settings.notification_rules import CHAT, EMAILS
from infra.settings.rules import (
    EMAIL,
    FUNCTION_TIMEOUT,
    TRUE_OR_FALSE,
    one_of,
    optional,
    setting,
    subset_of,
    text,
    whole_number,
)

_DEFAULT_NOTIFICATION_KINDS = ("Failed", "Stopped", "Stuck")
# The CDK's names of CodeDeploy's predefined deployment configurations for Lambda.
ALL_AT_ONCE = "ALL_AT_ONCE"
DEPLOYMENT_CONFIGURATIONS = (
    ALL_AT_ONCE,
    *(f"CANARY_10_PERCENT_{minutes}_MINUTES" for minutes in (5, 10, 15, 30)),
    "LINEAR_10_PERCENT_EVERY_1_MINUTE",
    *(f"LINEAR_10_PERCENT_EVERY_{minutes}_MINUTES" for minutes in (2, 3, 10)),
)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
# A Standard execution is ended at 25,000 history events. A wait that ends in a poll writes some 20.
POLLS_PER_EXECUTION = 1000


@dataclass(frozen=True, kw_only=True)
class Settings(FleetSettings):
    """The user's choices. `context.read_settings` reads and checks them; docs/settings.md lists them."""

    notification_kinds: Sequence[str] = setting(
        _DEFAULT_NOTIFICATION_KINDS,
        subset_of(tuple(KINDS)),
        "Kinds of transitions of which people are notified.",
    )
    notification_email: str | Sequence[str] | None = setting(
        None,
        EMAILS,
        "Addresses subscribed to the notification topic. AWS sends each a message to confirm it.",
    )
    notification_digest_above: int = setting(
        10,
        whole_number(1, 1000),
        "More transitions of one kind than this, found within a minute, share one notification with a table.",
    )
    chat: bool | Mapping[str, Mapping[str, str]] = setting(
        False,  # noqa: FBT003 - the default of the setting
        CHAT,
        "Whether notifications are also published to a topic for chat. With ids, the stack also connects the "
        "channel with Amazon Q Developer in chat applications, which must have been authorized once for the "
        "Slack workspace or the Teams tenant ([operations.md](operations.md#chat)).",
    )
    export: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        TRUE_OR_FALSE,
        "Whether transitions and a daily snapshot of all jobs are written to a bucket, which Athena queries "
        "([queries.md](queries.md)).",
    )
    export_retention_days: int = setting(
        1096,
        whole_number(7, 3653),
        "Number of days for which the bucket of the export keeps its files.",
    )
    wait_expiry_days: int = setting(
        30,
        whole_number(1, 365),
        "Number of days after which a wait for jobs fails with `WaitExpired` or `NoSuchJobs`; also the "
        "longest `timeoutSeconds` of the wait-for-jobs state machine.",
    )
    wait_timeout_hours: int = setting(
        48,
        whole_number(1, 8760),
        "Timeout of an execution of the state machine whose input has no `timeoutSeconds`.",
    )
    alarm_email: str | None = setting(
        None,
        optional(EMAIL),
        "Address subscribed to the alarm topic. AWS sends it a message to confirm the subscription.",
    )
    runbook_url: str = setting(
        "docs/runbook.md",
        text("an address of 1 to 500 characters without spaces and without #", r"[^\s#]{1,500}"),
        "Address of the runbook, with which the description of each alarm ends. For organizations that "
        "publish docs/runbook.md elsewhere, such as `https://wiki.example.com/customization-jobs/runbook`.",
    )
    api_requests_per_second: int = setting(
        10,
        whole_number(1, 10_000),
        "Request rate above which API Gateway answers 429.",
    )
    api_burst: int = setting(
        20,
        whole_number(1, 5_000),
        "Number of requests that API Gateway accepts at once.",
    )
    api_account_log_role: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        TRUE_OR_FALSE,
        "Whether to create the role with which API Gateway writes logs, and to set it for all APIs of the "
        "account in this region, in place of an existing one. An account that has none needs it: `make "
        "deploy` says so.",
    )
    list_cache_seconds: int = setting(
        0,
        whole_number(0, 60),
        "Number of seconds for which an instance of the listing function may repeat Bedrock's answer to the "
        "same list request over HTTP, with its age in the header `Age` "
        "([calling.md](calling.md#answers-from-a-cache)). 0: each request calls Bedrock.",
    )
    jwt: Mapping[str, Any] | None = setting(
        None,
        JWT,
        "Single sign-on: a second API with the same routes, whose requests need a token of this issuer for "
        "one of these audiences, with one of these scopes if there are any ([operations.md]"
        "(operations.md#single-sign-on)). Scripts of pages at `origins`, and no others, may call it (CORS).",
    )
    listing_reserved_concurrency: int | None = setting(
        None,
        optional(whole_number(1, 10_000)),
        "Number of concurrent invocations that are reserved for the listing function and also limit it, so "
        "that the API cannot use up those of the account, which the watch needs too. Lambda requires that "
        "100 remain unreserved. If null, nothing is reserved or limited; `make deploy` says when that puts "
        "the watch at risk.",
    )
    memory_megabytes: int = setting(
        1024,
        whole_number(128, 10_240),
        "Memory of each function. Its share of a CPU is proportional to it.",
    )
    timeout_seconds: int = setting(
        60,
        FUNCTION_TIMEOUT,
        "Timeout of the listing function. The minimum covers the longest Bedrock call, retries included.",
    )
    deployment_configuration: str = setting(
        "CANARY_10_PERCENT_5_MINUTES",
        one_of(*DEPLOYMENT_CONFIGURATIONS),
        "How CodeDeploy shifts traffic to a new version. Alarms roll back a canary or linear deployment; "
        "`ALL_AT_ONCE` ignores alarms.",
    )
    snap_start: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        TRUE_OR_FALSE,
        "Whether new instances of the functions start from a snapshot (Lambda SnapStart).",
    )
    log_retention_days: int = setting(
        30,
        one_of(*RETENTION_DAYS),
        "Number of days for which all log groups keep their events.",
    )
    log_encryption: Literal["aws", "kms"] = setting(
        "aws",
        one_of("aws", "kms"),
        "Key that encrypts the logs: one that CloudWatch Logs owns (`aws`), or a customer managed key that "
        "the stack creates (`kms`).",
    )
    removal_policy: Literal["destroy", "retain"] = setting(
        "destroy",
        one_of("destroy", "retain"),
        "Whether the table, the log groups and their key are deleted with the stack. `retain` also protects "
        "the table from deletion.",
    )
    allow_uncompiled_bundle: bool = setting(
        False,  # noqa: FBT003 - the default of the setting
        TRUE_OR_FALSE,
        "Whether to deploy without compiled bytecode when Lambda's Python version is not installed. Cold "
        "starts then take about three times as long.",
    )

    @property
    def notification_emails(self) -> Sequence[str]:
        """The addresses subscribed to the notification topic."""
        given = self.notification_email or ()
        return (given,) if isinstance(given, str) else given

    @property
    def wait_limit_seconds(self) -> int:
        """The longest `timeoutSeconds` of a wait."""
        return self.wait_expiry_days * 86_400

    @property
    def wait_heartbeat_seconds(self) -> int:
        """The longest time between two heartbeats of a working watch: from the end of one sweep to the next.

        Also long enough that the polls of a wait without heartbeats fit in the history of one execution.
        """
        longest_gap = self.missing_after_hours * 3600 + self.watch_timeout_seconds
        return max(longest_gap, -(-self.wait_limit_seconds // POLLS_PER_EXECUTION))

    @property
    def list_cache_variable(self) -> dict[str, str]:
        """Environment variable that passes `list_cache_seconds` to a function; empty if there is no cache."""
        return {"LIST_CACHE_SECONDS": str(self.list_cache_seconds)} if self.list_cache_seconds else {}
