import json

from openapi_spec_validator import OpenAPIV31SpecValidator

from customization_jobs.entrypoints.http import OPENAPI_FILE
from customization_jobs.errors import ERRORS
from tests.contract.accept import openapi_text
from tests.contract.snapshot import SNAPSHOT, contract_text, operation

ACCEPT = "If the change is right, `make contract` writes it down: read the difference in git and commit it."


def test_botocores_contract_is_the_one_that_was_accepted() -> None:
    assert contract_text() == SNAPSHOT.read_text(), f"botocore changed Bedrock's contract. {ACCEPT}"


def test_the_openapi_document_is_the_one_in_docs() -> None:
    assert openapi_text() == OPENAPI_FILE.read_text(), (
        f"openapi.json is not what the code generates. {ACCEPT}"
    )


def test_the_openapi_document_is_openapi() -> None:
    OpenAPIV31SpecValidator(json.loads(openapi_text())).validate()


def test_every_error_that_bedrock_lists_has_a_class_of_its_name_and_status() -> None:
    ours = {error.__name__: error.http_status for error in ERRORS}
    listed = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation().error_shapes}
    assert len(listed) == 4
    assert listed.items() <= ours.items()
