"""`make contract`: writes the files that record the contract. Their changes are to be reviewed in git."""

import json
from functools import cache
from typing import Any

from botocore.session import Session

from client_model.model import added_parts, service_model
from customization_jobs.entrypoints.documents import (
    FLEET_MODEL_FILE,
    FLEET_OPENAPI_FILE,
    MODEL_FILE,
    OPENAPI_FILE,
    merged,
)
from openapi.document import openapi_document
from openapi.fleet import fleet_document
from tests.contract.modules import BUDGET, cold_start_modules
from tests.contract.snapshot import SNAPSHOT, contract_text, operation


def openapi_text() -> str:
    return _text(openapi_document(operation()))


def fleet_openapi_text() -> str:
    return _text(fleet_document(operation()))


@cache
def model_texts() -> tuple[str, str]:
    """Return the service model, and what the fleet adds to it."""
    bedrock = Session().get_component("data_loader").load_service_model("bedrock", "service-2")
    document = openapi_document(operation())
    model = service_model(document, bedrock)
    with_fleet = service_model(merged(document, fleet_document(operation())), bedrock)
    return _text(model), _text(added_parts(with_fleet, model))


def _text(document: Any) -> str:
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(contract_text())
    OPENAPI_FILE.write_text(openapi_text())
    FLEET_OPENAPI_FILE.write_text(fleet_openapi_text())
    for file, text in zip((MODEL_FILE, FLEET_MODEL_FILE), model_texts(), strict=True):
        file.write_text(text)
    BUDGET.write_text("\n".join(sorted(cold_start_modules())) + "\n")
