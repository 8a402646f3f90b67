"""The service model (`service-2.json`), from the OpenAPI document and Bedrock's own model of the list operation."""

from collections.abc import Mapping
from typing import Any

from client_model.names import SERVICE, SERVICE_ID, SIGNING_NAME
from client_model.operations import Operations
from client_model.shapes import documentation
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from infra.bundling.botocore_data import prune_model


def service_model(document: Mapping[str, Any], bedrock: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model of all operations on jobs that an OpenAPI document has.

    Where the document repeats Bedrock's model, shapes and descriptions are Bedrock's. Times that a caller
    sends are text: they can be relative or in a zone, which botocore's timestamps cannot.

    Parameters
    ----------
    bedrock : mapping
        Bedrock's service model.

    Raises
    ------
    ValueError
        botocore cannot express a schema of the document.
    """
    operations = Operations(document, prune_model(dict(bedrock), [MODEL_CUSTOMIZATION.list_operation]))
    by_name = dict(operations.convert())
    info = document["info"]
    metadata = {
        **bedrock["metadata"],
        # Without the bearer token that Bedrock also accepts.
        "auth": ["aws.auth#sigv4"],
        "endpointPrefix": SERVICE,
        "serviceFullName": info["title"],
        "serviceId": SERVICE_ID,
        "signingName": SIGNING_NAME,
        "uid": f"{SERVICE}-{bedrock['metadata']['apiVersion']}",
    }
    model = {
        "version": "2.0",
        "metadata": metadata,
        "documentation": documentation([info["description"]]),
        "operations": by_name,
        "shapes": operations.shapes.by_name,
    }
    return prune_model(model, list(by_name))


def added_parts(model: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return the operations and shapes that a model adds to another one, which it contains."""
    return {
        part: {name: each for name, each in model[part].items() if name not in base[part]}
        for part in ("operations", "shapes")
    }
