"""Rules that the function or EventBridge Scheduler would enforce later, checked before deployment."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.session import Session

from customization_jobs.jobs import MODEL_CUSTOMIZATION
from customization_jobs.limits import Limits
from customization_jobs.listing.inputs import leaves_out_jobs
from customization_jobs.listing.query import QueryContract
from infra.settings.rules import Rule, json_object
from infra.settings.schedule_expression import ScheduleExpressionError, longest_interval_minutes

_EXPRESSION_ALLOWED = "a rate or cron expression of EventBridge Scheduler"


def _expression_violation(value: Any) -> str | None:
    if not isinstance(value, str):
        return _EXPRESSION_ALLOWED
    try:
        longest_interval_minutes(value)
    except ScheduleExpressionError as error:
        return str(error)
    return None


def _query_violation(query: Mapping[str, Any]) -> str | None:
    model = Session().get_service_model("bedrock")
    contract = QueryContract(model.operation_model(MODEL_CUSTOMIZATION.list_operation))
    _, problems = contract.check_json(query)
    if problems:
        return f"Bedrock's own inputs; {'; '.join(map(str, problems))}"
    if any(leaves_out_jobs(name) for name in query):
        return (
            "no input that filters jobs, because the watch must see every job; "
            "use a separate schedule for a filtered sweep"
        )
    return None


def _limits_violation(limits: Mapping[str, Any]) -> str | None:
    try:
        Limits.from_json(json.dumps(limits), default=1)
    except ValueError as error:
        return f"limits in seconds: {error}"
    return None


SCHEDULE_EXPRESSION = Rule(_EXPRESSION_ALLOWED, _expression_violation)
LIST_QUERY = json_object(
    "a JSON object of inputs of `ListModelCustomizationJobs` that do not filter", _query_violation
)
LIMITS = json_object("a JSON object of limits in seconds", _limits_violation)
