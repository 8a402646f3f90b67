"""The conversion of OpenAPI schemas to shapes of botocore."""

from typing import Any

import pytest

from client_model.shapes import Shapes, documentation
from openapi.filters import TIME_SCHEMA

TEXT = {"type": "string"}


def converted(schema: dict[str, Any], **schemas: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the reference to the shape of a schema, and all shapes."""
    shapes = Shapes(schemas, {})
    return shapes.refer(schema, "Name"), shapes.by_name


@pytest.mark.parametrize(
    ("schema", "name", "shape"),
    [
        (TEXT, "String", {"type": "string"}),
        ({"type": "boolean"}, "Boolean", {"type": "boolean"}),
        ({"type": "integer", "minimum": 0}, "Integer", {"type": "integer"}),
        ({"type": ["integer", "null"]}, "Integer", {"type": "integer"}),
        ({"type": "number"}, "Double", {"type": "double"}),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "Name", {"type": "integer", "min": 1, "max": 9}),
        ({**TEXT, "minLength": 1, "maxLength": 9}, "Name", {"type": "string", "min": 1, "max": 9}),
        ({"enum": ["a", "b"]}, "Name", {"type": "string", "enum": ["a", "b"]}),
        ({**TEXT, "format": "date-time"}, "Timestamp", {"type": "timestamp", "timestampFormat": "iso8601"}),
        (
            {"type": ["string", "null"], "format": "date-time"},
            "Timestamp",
            {"type": "timestamp", "timestampFormat": "iso8601"},
        ),
        (dict(TIME_SCHEMA), "Time", {"type": "string"}),
        ({**TEXT, "anyOf": [{"maxLength": 5}, {"pattern": "a"}]}, "String", {"type": "string"}),
        ({"type": "object"}, "Document", {"type": "structure", "members": {}, "document": True}),
        ({"type": "array", "items": TEXT}, "NameList", {"type": "list", "member": {"shape": "String"}}),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            "NameMap",
            {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Integer"}},
        ),
        (
            # botocore cannot read a time that is null inside of a map.
            {"type": "object", "additionalProperties": {"type": ["string", "null"], "format": "date-time"}},
            "NameMap",
            {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
        ),
        (
            {"type": "object", "required": ["a"], "properties": {"a": TEXT, "b": {"type": "boolean"}}},
            "Name",
            {
                "type": "structure",
                "required": ["a"],
                "members": {"a": {"shape": "String"}, "b": {"shape": "Boolean"}},
            },
        ),
    ],
)
def test_each_kind_of_schema(schema: dict[str, Any], name: str, shape: dict[str, Any]) -> None:
    reference, shapes = converted(schema)
    assert reference == {"shape": name}
    assert shapes[name] == shape


def test_a_component_keeps_its_name_and_may_be_null() -> None:
    job = {"type": "object", "properties": {"jobName": TEXT}}
    nullable = {"anyOf": [{"$ref": "#/components/schemas/Job"}, {"type": "null"}]}
    reference, shapes = converted(nullable, Job=job)
    assert reference == {"shape": "Job"}
    assert shapes["Job"]["members"] == {"jobName": {"shape": "String"}}


def test_a_known_shape_stands_for_the_schema_of_its_name() -> None:
    bedrocks = {"type": "structure", "members": {"jobArn": {"shape": "Arn"}}}
    shapes = Shapes({"Job": {"type": "object", "properties": {"other": TEXT}}}, {"Job": bedrocks})
    assert shapes.refer({"$ref": "#/components/schemas/Job"}, "Name") == {"shape": "Job"}
    assert shapes.by_name == {"Job": bedrocks}


def test_inner_shapes_have_names_of_their_own() -> None:
    inner = {"type": "object", "properties": {"state": {"enum": ["a"]}}}
    outer = {"type": "object", "properties": {"first": inner, "second": {"type": "array", "items": inner}}}
    _, shapes = converted(outer)
    assert {"Name", "NameFirst", "NameFirstState", "NameSecondList", "NameSecondItem"} <= set(shapes)


def test_a_description_is_escaped() -> None:
    reference, _ = converted({**TEXT, "description": "a < b & c"})
    assert reference == {"shape": "String", "documentation": "<p>a &lt; b &amp; c</p>"}
    assert documentation(["one", "", "two"]) == "<p>one</p><p>two</p>"


def test_what_botocore_cannot_express_is_an_error() -> None:
    with pytest.raises(ValueError, match="Name: no shape of botocore"):
        converted({"type": "tuple"})


def test_two_shapes_of_one_name_are_an_error() -> None:
    shapes = Shapes({}, {"Name": {"type": "string", "max": 1}})
    with pytest.raises(ValueError, match="Two shapes have the name Name"):
        shapes.refer({"enum": ["a"]}, "Name")
