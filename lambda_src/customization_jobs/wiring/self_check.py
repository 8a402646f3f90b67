"""Creates the check that CodeDeploy's hook invokes before it shifts traffic to a new version."""

from functools import partial

from customization_jobs.aws.bedrock import Bedrock
from customization_jobs.entrypoints.self_check import SelfCheckEntryPoint
from customization_jobs.listing.query import QueryContract
from customization_jobs.settings import Settings
from customization_jobs.wiring.table import TableParts


def create_self_check(
    settings: Settings, bedrock: Bedrock, table: TableParts, contract: QueryContract
) -> SelfCheckEntryPoint:
    """Create the check of the function that the settings call for."""
    records = table.records if settings.watch_table else None
    validate = (
        partial(_validate_event, settings.region) if table.watch else partial(_validate_query, contract)
    )
    return SelfCheckEntryPoint(bedrock, records, validate)


def _validate_event(region: str) -> None:
    from customization_jobs.watch.observation import from_event  # noqa: PLC0415 - not in the listing function

    arn = f"arn:aws:bedrock:{region}:123456789012:model-customization-job/model/0123456789ab"
    from_event({"detail": {"jobArn": arn, "jobStatus": "Completed"}}, region)


def _validate_query(contract: QueryContract) -> None:
    contract.from_text({"statusEquals": ["Failed"], "maxResults": ["1"]})
