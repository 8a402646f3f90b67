"""Converts the schemas of an OpenAPI document to shapes of a botocore service model."""

import html
from collections.abc import Iterable, Mapping
from typing import Any

from openapi.filters import TIME_SCHEMA

Schema = Mapping[str, Any]
Reference = dict[str, Any]

REFERENCE = "$ref"
_SCALARS = {"integer": "Integer", "number": "Double", "boolean": "Boolean", "string": "String"}
_BOTOCORE_TYPES = {"number": "double"}
_CONSTRAINTS = {"minimum": "min", "maximum": "max", "minLength": "min", "maxLength": "max"}
_NULL = {"type": "null"}
_TIMESTAMP = {"type": "timestamp", "timestampFormat": "iso8601"}
# A shape of text, because botocore's timestamps cannot be relative or in a zone.
TIME = "Time"


class Shapes:
    """The shapes of a service model.

    Parameters
    ----------
    schemas : mapping
        `components.schemas` of the OpenAPI document.
    known : mapping
        Shapes that stand for the schemas of the same names.

    Attributes
    ----------
    by_name : dict
        The shapes.
    """

    def __init__(self, schemas: Mapping[str, Schema], known: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self.by_name: dict[str, Any] = dict(known)

    def refer(self, schema: Schema, name: str) -> Reference:
        """Return a reference to the shape of a schema, with its description.

        Parameters
        ----------
        name : str
            The name of the shape, if the schema has none and its shape is not a plain scalar.

        Raises
        ------
        ValueError
            botocore cannot express the schema, or the name is that of another shape.
        """
        reference = {"shape": self._shape_of(_without_null(schema), name)}
        text = documentation([schema.get("description", "")])
        return {**reference, "documentation": text} if text else reference

    def _shape_of(self, schema: Schema, name: str) -> str:
        if REFERENCE in schema:
            return self._shape_of_component(schema[REFERENCE].rpartition("/")[2])
        if schema == TIME_SCHEMA:
            return self.add(TIME, {"type": "string"})
        if schema.get("format") == "date-time":
            return self.add("Timestamp", _TIMESTAMP)
        kind = schema.get("type", "string" if "enum" in schema else None)
        if kind == "array":
            member = self.refer(schema["items"], f"{name}Item")
            return self.add(f"{name}List", {"type": "list", "member": member, **_constraints(schema)})
        if kind == "object":
            return self._object(schema, name)
        return self._scalar(schema, kind, name)

    def _scalar(self, schema: Schema, kind: str | None, name: str) -> str:
        if kind not in _SCALARS:
            raise ValueError(f"{name}: no shape of botocore can express {schema}.")
        constraints = _constraints(schema)
        # Every number in an answer is at least 0, which does not need a shape of its own.
        if not constraints or (kind != "string" and constraints.keys() == {"min"}):
            name, constraints = _SCALARS[kind], {}
        return self.add(name, {"type": _BOTOCORE_TYPES.get(kind, kind), **constraints})

    def _shape_of_component(self, name: str) -> str:
        if name not in self.by_name:
            self._object(self._schemas[name], name)
        return name

    def _object(self, schema: Schema, name: str) -> str:
        if "properties" in schema:
            members = {
                each: self.refer(property_, f"{name}{each[0].upper()}{each[1:]}")
                for each, property_ in schema["properties"].items()
            }
            return self.add(
                name, {"type": "structure", "required": schema.get("required", []), "members": members}
            )
        if "additionalProperties" in schema:
            value = self.refer(_map_value(schema["additionalProperties"]), f"{name}Value")
            key = self.refer({"type": "string"}, "String")
            return self.add(f"{name}Map", {"type": "map", "key": key, "value": value})
        return self.add("Document", {"type": "structure", "members": {}, "document": True})

    def add(self, name: str, shape: Mapping[str, Any]) -> str:
        """Add a shape under a name, which is returned.

        Raises
        ------
        ValueError
            Another shape has the name.
        """
        if self.by_name.setdefault(name, shape) != shape:
            raise ValueError(f"Two shapes have the name {name}: {self.by_name[name]} and {shape}.")
        return name


def documentation(sentences: Iterable[str]) -> str:
    """Return paragraphs in the HTML of service models, one for each text that is not empty."""
    return "".join(f"<p>{html.escape(each, quote=False)}</p>" for each in sentences if each)


def _constraints(schema: Schema) -> dict[str, Any]:
    found = {_CONSTRAINTS.get(key, key): value for key, value in schema.items() if key in _CONSTRAINTS}
    return {**found, "enum": schema["enum"]} if "enum" in schema else found


def _without_null(schema: Schema) -> Schema:
    """Return the schema without null: botocore leaves out members that are null."""
    if _NULL in schema.get("anyOf", ()):
        others: list[Schema] = [each for each in schema["anyOf"] if each != _NULL]
        (other,) = others
        return other
    if isinstance(schema.get("type"), list):
        (kind,) = (each for each in schema["type"] if each != "null")
        return {**schema, "type": kind}
    return schema


def _map_value(schema: Schema) -> Schema:
    """Return the schema of a map's values. If they can be null, botocore can read them only as text."""
    can_be_null = isinstance(schema.get("type"), list) and "null" in schema["type"]
    return {"type": "string"} if can_be_null else schema
