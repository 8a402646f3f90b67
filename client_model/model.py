"""The service model (`service-2.json`), from the OpenAPI document and Bedrock's own model of its list."""

from collections.abc import Mapping
from typing import Any

from client_model.names import SERVICE, SERVICE_ID, SIGNING_NAME
from client_model.operations import Operations
from client_model.shapes import documentation
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from infra.bundling.botocore_data import prune_model

_DOCUMENTATION = (
    "Amazon Bedrock's model customization jobs, from the API in your own account: lists with filters that "
    "Bedrock lacks, overviews, and the timeline of each job."
)
_TIMES = (
    "A time that you send is in ISO 8601, with an offset or the name of a zone, or says how long ago: P7D. "
    "On the command line, one that begins with a minus sign needs an equals sign: --creation-time-after=-7d."
)


def service_model(document: Mapping[str, Any], bedrock: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model of all operations on jobs that an OpenAPI document has.

    Where the document repeats Bedrock's model, shapes and descriptions are Bedrock's. Times that a caller
    sends are text: they can be relative or in a zone, which botocore's timestamps cannot be.

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
    metadata = {
        **bedrock["metadata"],
        # Without the bearer token that Bedrock also accepts.
        "auth": ["aws.auth#sigv4"],
        "endpointPrefix": SERVICE,
        "serviceFullName": document["info"]["title"],
        "serviceId": SERVICE_ID,
        "signingName": SIGNING_NAME,
    }
    # With it, the AWS CLI would link to a page of AWS's documentation that does not exist.
    del metadata["uid"]
    model = {
        "version": "2.0",
        "metadata": metadata,
        "documentation": documentation([_DOCUMENTATION, _TIMES]),
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
