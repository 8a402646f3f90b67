"""The reduction of botocore's service models."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest

from infra.bundling.botocore_data import CALLED_OPERATIONS, prune_model, without_documentation


def _undocumented(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if name != "documentation" or not isinstance(value, str)}


@pytest.mark.parametrize(
    ("service", "some_shapes"),
    [
        ("bedrock", {"ThrottlingException", "ModelCustomizationJobSummaries", "StatusDetails"}),
        ("dynamodb", {"ConditionalCheckFailedException", "BatchGetItemOutput", "AttributeValue"}),
        ("events", {"PutEventsResultEntry"}),
        ("s3", {"PutObjectOutput", "ChecksumAlgorithm"}),
        ("sns", {"MessageAttributeMap", "PublishResponse"}),
        ("sqs", {"SendMessageResult", "QueueDoesNotExist"}),
    ],
)
def test_a_model_has_only_the_called_operations_and_their_shapes(
    bundle: Path, service: str, some_shapes: set[str]
) -> None:
    path = next((bundle / "botocore" / "data" / service).glob("*/service-2.json"))
    pruned = json.loads(path.read_bytes())
    original = Path(botocore.__file__).parent / "data" / service / path.parent.name / "service-2.json.gz"
    whole: dict[str, Any] = json.loads(gzip.decompress(original.read_bytes()))
    assert tuple(pruned["operations"]) == CALLED_OPERATIONS[service]
    assert len(pruned["shapes"]) < len(whole["shapes"]) / 4
    assert some_shapes <= set(pruned["shapes"])
    assert list(path.parent.glob("endpoint-rule-set-1.json*"))
    assert not list(path.parent.glob("examples*"))
    undocumented = json.loads(json.dumps(whole), object_pairs_hook=_undocumented)
    for name, shape in pruned["shapes"].items():
        assert shape == undocumented["shapes"][name]
    for name, operation in pruned["operations"].items():
        assert operation == undocumented["operations"][name]


def test_shapes_that_refer_to_each_other_are_kept_once() -> None:
    model = {
        "metadata": {"shape": "not a shape of an operation"},
        "operations": {"List": {"input": {"shape": "A"}, "errors": [{"shape": "E"}]}, "Get": {}},
        "shapes": {
            "A": {"members": {"b": {"shape": "B"}, "shape": {"shape": "S"}}},
            "B": {"member": {"shape": "A"}},
            "E": {},
            "S": {"enum": ["A"]},
            "Z": {},
        },
    }
    pruned = prune_model(model, ["List"])
    assert list(pruned["shapes"]) == ["A", "B", "E", "S"]
    assert list(pruned["operations"]) == ["List"]
    assert pruned["metadata"] == model["metadata"]


def test_documentation_is_left_out_but_not_a_member_of_that_name() -> None:
    member = {"documentation": {"shape": "S"}, "size": {"shape": "N", "documentation": "How large."}}
    model = {
        "metadata": {},
        "operations": {"List": {"output": {"shape": "A"}, "documentation": "<p>Lists.</p>"}},
        "shapes": {"A": {"members": member, "required": ["documentation"]}, "N": {}, "S": {"enum": ["A"]}},
    }
    pruned = without_documentation(prune_model(model, ["List"]))
    assert pruned["operations"] == {"List": {"output": {"shape": "A"}}}
    assert pruned["shapes"]["A"] == {
        "members": {"documentation": {"shape": "S"}, "size": {"shape": "N"}},
        "required": ["documentation"],
    }
    assert list(pruned["shapes"]) == ["A", "N", "S"]
