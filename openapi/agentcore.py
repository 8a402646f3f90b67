"""`python -m openapi.agentcore`: the routes on jobs in the form that targets of AgentCore Gateway accept.

Such a target has no oneOf, anyOf or allOf, no styles of parameters, and JSON only:
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-schema-openapi.html
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from customization_jobs.entrypoints.documents import openapi_document
from openapi.operations import JOBS_TAG

_KEPT = ("type", "enum", "minimum", "maximum", "format")
_ANSWER = {"description": "The answer", "content": {"application/json": {"schema": {"type": "object"}}}}


def agentcore_document(base_url: str, *, has_fleet: bool) -> dict[str, Any]:
    """Return the document of the API at an address, reduced to what a target of AgentCore Gateway accepts."""
    document = openapi_document(base_url, has_fleet=has_fleet)
    paths = {
        path: {"get": _operation(methods["get"])}
        for path, methods in document["paths"].items()
        if JOBS_TAG in methods.get("get", {}).get("tags", ())
    }
    # How requests are signed is configured in the target.
    return {name: document[name] for name in ("openapi", "info", "servers")} | {"paths": paths}


def _operation(operation: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "operationId": operation["operationId"],
        "summary": operation["summary"],
        "description": operation["description"],
        "parameters": [_parameter(each) for each in operation["parameters"] if each["in"] != "header"],
        "responses": {"200": _ANSWER},
    }


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    schema = parameter["schema"]
    described = {"name": parameter["name"], "in": parameter["in"], "required": parameter["in"] == "path"}
    texts = [parameter.get("description", "")]
    if schema["type"] == "array":
        # Without a style, several values are one text with commas, and a parameter that could be repeated
        # takes a single value.
        number = "One" if parameter["explode"] else "One or several, separated by commas"
        allowed = ", ".join(schema["items"].get("enum", ()))
        texts.append(f"{number}{f': {allowed}' if allowed else ''}.")
        schema = {"type": "string"}
    elif examples := schema.get("examples"):
        texts.append(f"For example {examples[0]} or {examples[-1]}.")
    simple = {name: schema[name] for name in _KEPT if name in schema}
    return {**described, "description": " ".join(filter(None, texts)), "schema": simple}


if __name__ == "__main__":
    output, url, *fleet = sys.argv[1:]
    Path(output).write_text(json.dumps(agentcore_document(url, has_fleet=bool(fleet)), indent=2) + "\n")
