"""`make contract`: a person accepts a changed contract: writes it down, reads the difference in git."""

import json
from pathlib import Path

from customization_jobs.openapi import document
from customization_jobs.query import QueryContract
from tests.contract.modules import BUDGET, cold_start_modules
from tests.contract.snapshot import SNAPSHOT, contract_text, operation

OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.json"


def openapi_text() -> str:
    of = operation()
    return json.dumps(document(of, QueryContract(of)), indent=2) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(contract_text())
    OPENAPI.write_text(openapi_text())
    BUDGET.write_text("\n".join(sorted(cold_start_modules())) + "\n")
