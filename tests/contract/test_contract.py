import json

from openapi_spec_validator import OpenAPIV31SpecValidator

from customization_jobs.entrypoints.http import OPENAPI_FILE
from customization_jobs.errors import ERRORS
from tests.contract.accept import openapi_text
from tests.contract.snapshot import SNAPSHOT, contract_text, operation

ACCEPT = "If the change is right, run `make contract`, review the difference in git and commit it."


def test_the_contract_of_botocore_is_the_accepted_one() -> None:
    assert contract_text() == SNAPSHOT.read_text(), f"botocore changed Bedrock's contract. {ACCEPT}"


def test_the_served_openapi_document_is_up_to_date() -> None:
    assert openapi_text() == OPENAPI_FILE.read_text(), (
        f"The generated OpenAPI document differs from openapi.json. {ACCEPT}"
    )


def test_the_openapi_document_is_valid() -> None:
    OpenAPIV31SpecValidator(json.loads(openapi_text())).validate()


def test_every_error_of_the_operation_has_a_class_with_its_name_and_status() -> None:
    ours = {error.__name__: error.http_status for error in ERRORS}
    listed = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation().error_shapes}
    assert len(listed) == 4
    assert listed.items() <= ours.items()
