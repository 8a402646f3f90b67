"""The paginators (`paginators-1.json`)."""

from collections.abc import Mapping
from typing import Any

from customization_jobs.jobs import MODEL_CUSTOMIZATION

# By operation: the list in its pages, and the fields that a full result takes from the first page. `asOf` of
# the fleet's jobs is not among them: a page has it for its own sources only.
_LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    MODEL_CUSTOMIZATION.list_operation: (MODEL_CUSTOMIZATION.summaries, ()),
    "ListFleetModelCustomizationJobs": (MODEL_CUSTOMIZATION.summaries, ("coverage",)),
    "GetFleetCoverage": ("sources", ("asOf", "coverage")),
}


def paginators(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the paginators of a service model's operations."""
    return {
        "pagination": {
            operation: {
                "input_token": "nextToken",
                "output_token": "nextToken",
                "limit_key": "maxResults",
                "result_key": result,
                **({"non_aggregate_keys": list(once)} if once else {}),
            }
            for operation, (result, once) in _LISTS.items()
            if operation in model["operations"]
        }
    }
