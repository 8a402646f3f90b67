"""The texts of the notifications, by kind of transition."""

from collections.abc import Mapping

# Each line is a separate JSON string: EventBridge passes strings to SNS with their quotes, and a line break
# within a string would appear as \n. No line may be empty.
# <$.detail...> is a path in the event (docs/event.schema.json) that EventBridge replaces by its value.
_JOB = """\
Job: <$.detail.job.jobName>
Customization: <$.detail.job.customizationType> of <$.detail.job.baseModelArn>
Time: <$.detail.at> (found by <$.detail.foundBy>)"""
_LINKS = """\
Console: <$.detail.consoleUrl>
Event: <$.detail.id>"""
NOTIFICATION_TEXTS: Mapping[str, str] = {
    "Failed": f"""The model customization job <$.detail.job.jobName> failed.
{_JOB}
Reason (<$.detail.failure.category>): <$.detail.failure.message>
What to do: <$.detail.failure.remedy>
Retrying the same job can succeed: <$.detail.failure.retryHelps>
Documentation: <$.detail.failure.link>
{_LINKS}""",
    "Stopped": f"""The model customization job <$.detail.job.jobName> was stopped.
{_JOB}
Reason: StopModelCustomizationJob was called. CloudTrail records who called it.
What to do: nothing if this was intended. Otherwise create the job again.
{_LINKS}""",
    "Stuck": f"""The model customization job <$.detail.job.jobName> exceeds its time limit.
{_JOB}
Reason: the <$.detail.transition.scope> has not ended after <$.detail.transition.age>; \
the limit is <$.detail.transition.limit>.
Phase: <$.detail.transition.phase>
What to do: check the job's phases and metrics. Stop the job if it makes no progress, or raise watchLimits.
{_LINKS}""",
}
