"""Converts the operations of an OpenAPI document to those of a botocore service model."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from client_model.shapes import REFERENCE, Reference, Schema, Shapes, documentation
from customization_jobs.entrypoints.http_answer import JSON
from customization_jobs.jobs import MODEL_CUSTOMIZATION
from openapi.operations import JOBS_TAG

_PROBLEM = "application/problem+json"
# The AWS CLI has an option --region of its own.
_RENAMED = {"account": "sourceAccount", "region": "sourceRegion"}
_LOCATIONS = {"query": "querystring", "path": "uri"}
# The other members of a problem repeat what botocore knows about every error.
_ERROR_MEMBERS = ("message", "problems")
_FIRST_SERVER_ERROR = 500
_ERRORS = range(400, 600)


class Operations:
    """The operations on jobs.

    Parameters
    ----------
    bedrock : mapping
        Bedrock's service model, with no shapes but those of the list operation.

    Attributes
    ----------
    shapes : Shapes
        Filled by `convert`.
    """

    def __init__(self, document: Mapping[str, Any], bedrock: Mapping[str, Any]) -> None:
        self._document = document
        listing = bedrock["operations"][MODEL_CUSTOMIZATION.list_operation]
        inputs = listing["input"]["shape"]
        self._bedrock_inputs = bedrock["shapes"][inputs]["members"]
        ours = {inputs, *(each["shape"] for each in listing["errors"])}
        bedrocks = {name: shape for name, shape in bedrock["shapes"].items() if name not in ours}
        self.shapes = Shapes(document["components"]["schemas"], bedrocks)
        self._of_parameters: dict[str, Reference] = {}

    def convert(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield each operation with its name."""
        for path, methods in self._document["paths"].items():
            operation = methods.get("get")
            if operation and JOBS_TAG in operation["tags"]:
                yield operation["operationId"], self._operation(path, operation)

    def _operation(self, path: str, operation: Mapping[str, Any]) -> Mapping[str, Any]:
        name = operation["operationId"]
        answer = operation["responses"]["200"]["content"][JSON]["schema"]
        return {
            "name": name,
            "http": {"method": "GET", "requestUri": path, "responseCode": 200},
            "input": {"shape": self._input(name, operation["parameters"])},
            "output": self.shapes.refer(answer, f"{name}Response"),
            "errors": [{"shape": each} for each in self._errors(operation["responses"])],
            "documentation": documentation([f"{operation['summary']}.", operation["description"]]),
            "readonly": True,
        }

    def _input(self, operation: str, parameters: Sequence[Mapping[str, Any]]) -> str:
        sent = {_member_name(each["name"]): each for each in parameters if each["in"] in _LOCATIONS}
        shape = {
            "type": "structure",
            "required": [name for name, each in sent.items() if each.get("required")],
            "members": {name: self._member(operation, name, each) for name, each in sent.items()},
        }
        return self.shapes.add(f"{operation}Request", shape)

    def _member(self, operation: str, name: str, parameter: Mapping[str, Any]) -> Reference:
        schema = parameter["schema"]
        # Bedrock's inputs are described in its own model only.
        text = documentation([parameter.get("description", ""), _examples(schema)])
        known = self._bedrock_inputs.get(name, {}) if "description" not in parameter else {}
        # Operations share the shape of a parameter that they have in common.
        key = json.dumps([name, schema])
        if key not in self._of_parameters:
            self._of_parameters[key] = self.shapes.refer(schema, f"{operation}{name[0].upper()}{name[1:]}")
        return {
            **self._of_parameters[key],
            "documentation": f"{known.get('documentation', '')}{text}",
            "location": _LOCATIONS[parameter["in"]],
            "locationName": parameter["name"],
        }

    def _errors(self, responses: Mapping[str, Any]) -> Iterator[str]:
        """Yield the names of the shapes of an operation's errors."""
        for status, response in responses.items():
            if int(status) in _ERRORS:
                content = self._resolved(response)["content"][_PROBLEM]["schema"]
                for schema in content.get("oneOf", [content]):
                    yield self._error(schema[REFERENCE].rpartition("/")[2])

    def _error(self, name: str) -> str:
        schema = self._document["components"]["schemas"][name]
        problem, own = schema["allOf"]
        members = self._resolved(problem)["properties"]
        status = own["properties"]["status"]["const"]
        is_fault = status >= _FIRST_SERVER_ERROR
        shape = {
            "type": "structure",
            "members": {
                each: self.shapes.refer(members[each], f"Problem{each.title()}") for each in _ERROR_MEMBERS
            },
            "documentation": documentation([schema["description"]]),
            "error": {"httpStatusCode": status, **({} if is_fault else {"senderFault": True})},
            "exception": True,
            **({"fault": True} if is_fault else {}),
        }
        return self.shapes.add(name, shape)

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the part of the document that a reference leads to, or the part itself."""
        if REFERENCE not in part:
            return part
        _, _, kind, name = part[REFERENCE].split("/")
        component: Mapping[str, Any] = self._document["components"][kind][name]
        return component


def _member_name(parameter: str) -> str:
    """Return the name of a member for a parameter: `where.status` is `whereStatus`."""
    first, *others = _RENAMED.get(parameter, parameter).split(".")
    return first + "".join(f"{each[0].upper()}{each[1:]}" for each in others)


def _examples(schema: Schema) -> str:
    return f"Examples: {', '.join(schema['examples'])}." if "examples" in schema else ""
