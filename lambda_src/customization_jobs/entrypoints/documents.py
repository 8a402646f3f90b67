"""The documents in which the API describes itself.

They are committed, and a test compares them with what openapi/ and client_model/ generate.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parents[1]
OPENAPI_FILE = _PACKAGE / "openapi.json"
# What AWS clients read: https://botocore.amazonaws.com/v1/documentation/api/latest/reference/loaders.html
MODEL_FILE = _PACKAGE / "service-2.json"
# The security scheme of the API with single sign-on.
JWT_SCHEME = "jwt"
# What the fleet adds to each of these documents.
FLEET_OPENAPI_FILE = _PACKAGE / "openapi-fleet.json"
FLEET_MODEL_FILE = _PACKAGE / "service-2-fleet.json"


def openapi_document(base_url: str, *, has_fleet: bool, has_token: bool = False) -> dict[str, Any]:
    """Return the OpenAPI document of the API at an address, which may be empty.

    Parameters
    ----------
    has_token : bool
        Whether API Gateway authorizes requests to this address by a JWT, instead of a signature.
    """
    document = _read(OPENAPI_FILE, FLEET_OPENAPI_FILE, has_fleet=has_fleet)
    if has_token:
        document |= {"security": [{JWT_SCHEME: []}]}
    return {**document, "servers": [{"url": base_url or "/"}]}


def service_model(*, has_fleet: bool) -> dict[str, Any]:
    """Return the service model of botocore, for AWS clients."""
    return _read(MODEL_FILE, FLEET_MODEL_FILE, has_fleet=has_fleet)


def _read(file: Path, fleet_file: Path, *, has_fleet: bool) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_bytes())
    return merged(document, json.loads(fleet_file.read_bytes())) if has_fleet else document


def merged(document: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with the parts that another one adds, at any depth."""
    parts = {
        name: merged(document[name], part) if isinstance(document.get(name), Mapping) else part
        for name, part in more.items()
    }
    return {**document, **parts}
