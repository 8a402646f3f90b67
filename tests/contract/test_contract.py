import json
import re

from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from customization_jobs.entrypoints.documents import (
    FLEET_MODEL_FILE,
    FLEET_OPENAPI_FILE,
    JWT_SCHEME,
    MODEL_FILE,
    OPENAPI_FILE,
)
from customization_jobs.entrypoints.paths import BOARD_PATH
from customization_jobs.errors import ERRORS
from customization_jobs.listing.query import QueryContract
from openapi.document import openapi_document
from tests.contract.accept import fleet_openapi_text, model_texts, openapi_text
from tests.contract.snapshot import SNAPSHOT, contract_text, operation

ACCEPT = "If the change is right, run `make contract`, review the difference in git and commit it."


def test_the_contract_of_botocore_is_the_accepted_one() -> None:
    assert contract_text() == SNAPSHOT.read_text(), f"botocore changed Bedrock's contract. {ACCEPT}"


def test_the_served_openapi_document_is_up_to_date() -> None:
    assert openapi_text() == OPENAPI_FILE.read_text(), (
        f"The generated OpenAPI document differs from openapi.json. {ACCEPT}"
    )


def test_the_openapi_document_of_the_fleet_is_up_to_date() -> None:
    assert fleet_openapi_text() == FLEET_OPENAPI_FILE.read_text(), (
        f"The generated part of the OpenAPI document differs from openapi-fleet.json. {ACCEPT}"
    )


def test_the_service_model_is_up_to_date() -> None:
    for file, text in zip((MODEL_FILE, FLEET_MODEL_FILE), model_texts(), strict=True):
        assert text == file.read_text(), f"The generated service model differs from {file.name}. {ACCEPT}"


def test_the_openapi_document_is_valid() -> None:
    OpenAPIV31SpecValidator(json.loads(openapi_text())).validate()


(PUBLISHED,) = (
    parameter
    for parameter in openapi_document(operation())["paths"]["/overview"]["get"]["parameters"]
    if parameter["name"] == "nameContains"
)
BEDROCKS = QueryContract(operation()).inputs["nameContains"].pattern or ""
NAME = st.text(st.sampled_from("aZ0+-.! é\n"), max_size=12)


@given(NAME | st.from_regex(r"\A[a-zA-Z0-9](-*[a-zA-Z0-9+\-.])*\Z"))
def test_the_published_pattern_of_a_name_matches_what_bedrocks_does(name: str) -> None:
    assert bool(re.fullmatch(PUBLISHED["schema"]["pattern"], name)) == bool(re.fullmatch(BEDROCKS, name))


def test_every_published_pattern_is_matched_in_linear_time() -> None:
    patterns = re.findall(r'"pattern": "(.+)"', openapi_text() + fleet_openapi_text())
    assert len(patterns) > 10
    # A pattern that backtracks would run for hours.
    for pattern in patterns:
        assert re.fullmatch(json.loads(f'"{pattern}"'), "a" + "-" * 100_000 + "!\n") is None


def test_every_route_documents_its_rejected_methods() -> None:
    paths = json.loads(openapi_text())["paths"]
    # The path has no other method than the documented one.
    assert set(paths.pop("/mcp")) == {"post"}
    assert paths.pop(BOARD_PATH)["get"]["responses"].keys() == {"200", "4XX", "5XX"}
    for path in paths.values():
        assert path["get"]["responses"]["405"] == {"$ref": "#/components/responses/MethodNotAllowedException"}


def test_every_component_of_the_openapi_document_is_used() -> None:
    text = openapi_text()
    components = json.loads(text)["components"]
    for kind in ("schemas", "responses"):
        for name in components[kind]:
            assert f'"#/components/{kind}/{name}"' in text
    assert json.loads(text)["security"] == [{"sigv4": []}]
    assert set(components["securitySchemes"]) == {"sigv4", JWT_SCHEME}


def test_every_error_of_the_operation_has_a_class_with_its_name_and_status() -> None:
    ours = {error.__name__: error.http_status for error in ERRORS}
    listed = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation().error_shapes}
    assert len(listed) == 4
    assert listed.items() <= ours.items()
