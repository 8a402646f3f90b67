"""Saved queries of CloudWatch Logs Insights. docs/runbook.md repeats each one verbatim, to paste."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_logs as logs
from constructs import Construct

from customization_jobs.errors import ERRORS, Origin

LISTING = "ListingLogGroupName"
WATCH = "WatchLogGroupName"
NOTIFICATIONS = "NotificationsLogGroupName"
API_ACCESS = "ApiAccessLogGroupName"
WAIT_FOR_JOBS = "WaitForJobsLogGroupName"
LISTING_HOOK = "ListingHookLogGroupName"
WATCH_HOOK = "WatchHookLogGroupName"
FLEET_SWEEP = "FleetSweepLogGroupName"
EXPORT = "ExportLogGroupName"
SINGLE_SIGN_ON_ACCESS = "SingleSignOnAccessLogGroupName"
_BEDROCK_ERRORS = json.dumps([error.__name__ for error in ERRORS if error.origin is Origin.BEDROCK])


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query, and the outputs of the stack that name the log groups it reads.

    Attributes
    ----------
    name : str
        Name within the folder of the stack.
    log_groups : tuple of str
        Names of outputs, such as `WatchLogGroupName`.
    text : str
        The query, in the language of Logs Insights.
    """

    name: str
    log_groups: tuple[str, ...]
    text: str


_SERVER_ERRORS = """\
fields @timestamp, status, functionStatus, lambdaStatus, errorType, integrationLatency, caller,
    functionRequestId
| filter status like /^5/
| sort @timestamp desc
| limit 50"""
SAVED_QUERIES = (
    SavedQuery(
        "Failed invocations by error and caller",
        (LISTING, WATCH),
        """\
filter message in ["Invocation failed", "Unhandled exception"]
| stats count(*) as failures, max(@timestamp) as last_seen, latest(reason) as last_reason,
    latest(correlation_id) as last_correlation_id by function_name, error, caller
| sort failures desc""",
    ),
    SavedQuery(
        "Waiters answered or left",
        (WATCH,),
        """\
fields @timestamp, message, error, reason, correlation_id
| filter message like "aiter"
| sort @timestamp desc
| limit 50""",
    ),
    SavedQuery(
        "Unhandled exceptions",
        (LISTING, WATCH),
        """\
fields @timestamp, function_name, version, caller, reason, exception, details, correlation_id
| filter message = "Unhandled exception" or (error = "InternalServerException" and ispresent(details))
| sort @timestamp desc
| limit 20""",
    ),
    SavedQuery(
        "Timeouts, crashes and failed starts",
        (LISTING, WATCH),
        """\
fields @timestamp, @log, type, record.status, record.errorType, record.metrics.durationMs,
    record.metrics.maxMemoryUsedMB, record.requestId
| filter type like "platform." and ispresent(record.status) and record.status != "success"
| sort @timestamp desc
| limit 50""",
    ),
    SavedQuery(
        "Everything about one correlation id",
        (LISTING, WATCH, API_ACCESS, WAIT_FOR_JOBS),
        """\
fields @timestamp, @log, level, message, caller, status, error, reason, details
| filter @message like "CORRELATION_ID"
| sort @timestamp asc""",
    ),
    SavedQuery(
        "Refusals and failures of Bedrock",
        (LISTING, WATCH),
        f"""\
fields @timestamp, function_name, caller, error, reason, details, correlation_id
| filter message = "Invocation failed" and error in {_BEDROCK_ERRORS}
| sort @timestamp desc
| limit 50""",
    ),
    SavedQuery(
        "Sweeps",
        (WATCH,),
        """\
fields @timestamp, complete, jobs, duration_ms, published, failed, status, correlation_id
| filter message = "Invocation ended" and caller = "schedule"
| sort @timestamp desc
| limit 50""",
    ),
    SavedQuery(
        "Failures of the watch",
        (WATCH,),
        """\
fields @timestamp, message, caller, error, reason, details, job, jobs_skipped, correlation_id
| filter level in ["WARNING", "ERROR"]
| filter message not in ["job failed", "job in progress longer than its limit"]
| sort @timestamp desc
| limit 50""",
    ),
    SavedQuery(
        "Notifications that were not published",
        (NOTIFICATIONS,),
        """\
fields @timestamp, message, error, reason, exception, kind, transition_ids, record, correlation_id
| filter level in ["WARNING", "ERROR"]
| sort @timestamp desc
| limit 50""",
    ),
    SavedQuery(
        "Slowest invocations",
        (LISTING, WATCH),
        """\
fields @timestamp, function_name, caller, duration_ms, status, jobs, correlation_id
| filter message = "Invocation ended"
| sort duration_ms desc
| limit 20""",
    ),
    SavedQuery(
        "Load by caller",
        (LISTING, WATCH),
        """\
filter message = "Invocation ended"
| stats count(*) as invocations, avg(duration_ms), max(duration_ms) by bin(5m), function_name, caller
| sort invocations desc
| limit 50""",
    ),
    SavedQuery(
        "Server errors of the API",
        (API_ACCESS,),
        _SERVER_ERRORS,
    ),
    SavedQuery(
        "Server errors with single sign-on",
        (SINGLE_SIGN_ON_ACCESS,),
        _SERVER_ERRORS,
    ),
    SavedQuery(
        "Executions that failed",
        (WAIT_FOR_JOBS,),
        """\
fields @timestamp, type, details.name, execution_arn
| filter type in ["FailStateEntered", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"]
| sort @timestamp desc
| limit 50""",
    ),
    SavedQuery(
        "Sweeps of the fleet that failed",
        (FLEET_SWEEP,),
        """\
fields @timestamp, type, details.name, execution_arn
| filter type in ["ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted", "TaskFailed", "MapRunFailed"]
| sort @timestamp desc
| limit 50""",
    ),
    SavedQuery(
        "Exports that failed",
        (EXPORT,),
        """\
fields @timestamp, message, error, reason, exception, details, correlation_id
| filter level in ["WARNING", "ERROR"]
| sort @timestamp desc
| limit 50""",
    ),
    SavedQuery(
        "Failed self-checks of new versions",
        (LISTING_HOOK, WATCH_HOOK),
        """\
fields @timestamp, @log, message, version, reason, errorMessage
| filter message in ["Self-check failed", "Self-check is repeated"]
| sort @timestamp desc
| limit 20""",
    ),
)


class SavedQueries(Construct):
    """The saved queries, in a folder with the name of the stack.

    Parameters
    ----------
    scope : Construct
        Parent of the construct.
    construct_id : str
        Id within the scope.
    log_groups : mapping of str to ILogGroup
        The log groups of the stack by the names of their outputs. A query none of whose log groups
        exists is left out.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, log_groups: Mapping[str, logs.ILogGroup]
    ) -> None:
        super().__init__(scope, construct_id)
        for query in SAVED_QUERIES:
            names = [log_groups[each].log_group_name for each in query.log_groups if each in log_groups]
            if names:
                logs.CfnQueryDefinition(
                    self,
                    query.name.title().replace(" ", "").replace(",", "").replace("-", ""),
                    name=f"{Stack.of(self).stack_name}/{query.name}",
                    query_string=query.text,
                    log_group_names=names,
                )
