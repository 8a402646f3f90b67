"""`make contract`: writes the files that record the contract. Their changes are to be reviewed in git."""

import json

from customization_jobs.entrypoints.fleet_http import FLEET_OPENAPI_FILE
from customization_jobs.entrypoints.http import OPENAPI_FILE
from openapi.document import openapi_document
from openapi.fleet import fleet_document
from tests.contract.modules import BUDGET, cold_start_modules
from tests.contract.snapshot import SNAPSHOT, contract_text, operation


def openapi_text() -> str:
    return json.dumps(openapi_document(operation()), indent=2) + "\n"


def fleet_openapi_text() -> str:
    return json.dumps(fleet_document(operation()), indent=2) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(contract_text())
    OPENAPI_FILE.write_text(openapi_text())
    FLEET_OPENAPI_FILE.write_text(fleet_openapi_text())
    BUDGET.write_text("\n".join(sorted(cold_start_modules())) + "\n")
