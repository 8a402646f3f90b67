"""What the model takes from the OpenAPI document, and what from Bedrock's model."""

from typing import Any

import pytest
from botocore.session import Session

from client_model.model import added_parts, service_model
from customization_jobs.entrypoints.documents import openapi_document

LIST = "ListModelCustomizationJobs"


@pytest.fixture(scope="module")
def bedrock() -> Any:
    return Session().get_component("data_loader").load_service_model("bedrock", "service-2")


@pytest.fixture(scope="module")
def model(bedrock: Any) -> Any:
    return service_model(openapi_document("", has_fleet=False), bedrock)


def test_the_list_is_bedrocks(model: Any, bedrock: Any) -> None:
    for part in ("http", "output"):
        assert model["operations"][LIST][part] == bedrock["operations"][LIST][part]
    for name in ("ModelCustomizationJobSummary", "StatusDetails", "ModelCustomizationJobArn"):
        assert model["shapes"][name] == bedrock["shapes"][name]
    ours = model["shapes"][f"{LIST}Request"]["members"]
    for name, member in bedrock["shapes"][f"{LIST}Request"]["members"].items():
        assert ours[name]["locationName"] == member["locationName"]
        assert ours[name]["documentation"].startswith(member["documentation"])


def test_a_request_is_signed_for_api_gateway_only(model: Any) -> None:
    metadata = model["metadata"]
    assert (metadata["signingName"], metadata["signatureVersion"]) == ("execute-api", "v4")
    assert metadata["auth"] == ["aws.auth#sigv4"]
    assert not any("auth" in each for each in model["operations"].values())


def test_a_further_route_of_the_document_becomes_an_operation(model: Any, bedrock: Any) -> None:
    document = openapi_document("", has_fleet=False)
    overview = document["paths"]["/overview"]["get"]
    document["paths"]["/further"] = {"get": {**overview, "operationId": "GetFurther"}}
    extended = service_model(document, bedrock)
    added = added_parts(extended, model)
    assert added["operations"]["GetFurther"]["http"]["requestUri"] == "/further"
    # Operations share the shapes of parameters.
    assert set(added["shapes"]) == {"GetFurtherRequest"}
    assert all(extended["shapes"][name] == shape for name, shape in model["shapes"].items())


def test_errors_have_their_status_and_say_whose_fault_it_is(model: Any) -> None:
    errors = {name: shape for name, shape in model["shapes"].items() if shape.get("exception")}
    assert errors["ValidationException"]["error"] == {"httpStatusCode": 400, "senderFault": True}
    assert errors["BedrockTimeoutException"]["error"] == {"httpStatusCode": 504}
    assert all(
        shape.get("fault", False) == (shape["error"]["httpStatusCode"] >= 500) for shape in errors.values()
    )
