"""The document for targets of AgentCore Gateway."""

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from customization_jobs.entrypoints.documents import openapi_document
from openapi.agentcore import agentcore_document

URL = "https://abcdefghij.execute-api.us-east-1.amazonaws.com/prod"


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in _keys(each))}
    return {key for each in value for key in _keys(each)} if isinstance(value, list) else set()


@pytest.mark.parametrize(("routes", "number"), [("own", 4), ("fleet", 7)])
def test_the_document_has_nothing_that_a_target_refuses(routes: str, number: int) -> None:
    document = agentcore_document(URL, has_fleet=routes == "fleet")
    OpenAPIV31SpecValidator(document).validate()
    assert document["servers"] == [{"url": URL}]
    assert not {"oneOf", "anyOf", "allOf", "style", "explode", "$ref", "requestBody"} & _keys(document)
    operations = [each["get"] for each in document["paths"].values()]
    assert len(operations) == number
    # The names of tools and of arguments that Bedrock's models accept.
    for operation in operations:
        assert re.fullmatch("[A-Za-z0-9_-]{1,64}", operation["operationId"])
        assert all(re.fullmatch("[A-Za-z0-9_.-]{1,64}", each["name"]) for each in operation["parameters"])


def test_every_parameter_of_the_query_is_there() -> None:
    whole = openapi_document(URL, has_fleet=True)["paths"]
    for path, methods in agentcore_document(URL, has_fleet=True)["paths"].items():
        names = [each["name"] for each in whole[path]["get"]["parameters"] if each["in"] != "header"]
        assert [each["name"] for each in methods["get"]["parameters"]] == names


def test_several_values_are_described_as_a_text() -> None:
    listing = agentcore_document(URL, has_fleet=False)["paths"]["/model-customization-jobs"]["get"]
    by_name = {each["name"]: each for each in listing["parameters"]}
    assert by_name["where.stuck"]["schema"] == {"type": "boolean"}
    status = by_name["where.status"]
    assert status["schema"] == {"type": "string"}
    assert status["description"].startswith(
        "Jobs in any of these statuses. One or several, separated by commas: "
    )
