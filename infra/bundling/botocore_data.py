"""Reduces botocore's data, which describes every AWS service, to the operations that the functions call."""

import gzip
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# The AWS operations that the functions call, by service.
CALLED_OPERATIONS: Mapping[str, Sequence[str]] = {
    "dynamodb": ("BatchGetItem", "GetItem", "PutItem", "Query", "Scan"),
    "bedrock": ("GetModelCustomizationJob", "ListModelCustomizationJobs", "ListTagsForResource"),
    "events": ("PutEvents",),
    "s3": ("PutObject",),
    "sns": ("Publish",),
    "sqs": ("SendMessage",),
    "stepfunctions": ("SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"),
    "sts": ("AssumeRole",),
    "organizations": ("ListAccounts", "ListAccountsForParent", "ListOrganizationalUnitsForParent"),
}
# Files of a service that no function reads: examples for documentation, paginators and waiters.
_UNREAD = ("examples-1.json*", "paginators-1.*", "waiters-2.json*")


def prune_botocore_data(data: Path) -> None:
    """Remove all other services, versions and operations from botocore's data folder."""
    for folder in filter(Path.is_dir, data.iterdir()):
        if folder.name not in CALLED_OPERATIONS:
            shutil.rmtree(folder)
        else:
            _remove_older_versions(folder)
    for name in _UNREAD:
        for path in data.glob(f"*/*/{name}"):
            path.unlink()
    endpoint_prefixes = set()
    for service, operations in CALLED_OPERATIONS.items():
        for compressed in (data / service).glob("*/service-2.json.gz"):
            model = prune_model(json.loads(gzip.decompress(compressed.read_bytes())), operations)
            model = without_documentation(model)
            # Stored uncompressed, because each cold start would decompress it again.
            compressed.with_suffix("").write_bytes(_compact_json(model))
            compressed.unlink()
            endpoint_prefixes.add(model["metadata"]["endpointPrefix"])
    endpoints = data / "endpoints.json"
    pruned = _prune_endpoints(json.loads(endpoints.read_bytes()), endpoint_prefixes)
    endpoints.write_bytes(_compact_json(pruned))


def _remove_older_versions(service: Path) -> None:
    # Versions are dates. botocore takes the latest.
    for version in sorted(service.iterdir())[:-1]:
        shutil.rmtree(version)


def prune_model(model: dict[str, Any], operations: Sequence[str]) -> dict[str, Any]:
    """Return a service model (`service-2.json`) with only `operations` and the shapes that they refer to."""
    kept = {name: model["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    pending = list(_referenced_shapes(list(kept.values())))
    while pending:
        name = pending.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            pending.extend(_referenced_shapes(shapes[name]))
    return {**model, "operations": kept, "shapes": dict(sorted(shapes.items()))}


def without_documentation(part: Any) -> Any:
    """Return a part of a service model without the documentation, which is most of some models."""
    if isinstance(part, list):
        return [without_documentation(each) for each in part]
    if isinstance(part, dict):
        # A member may itself be called "documentation": its value is an object, not a text.
        return {
            name: without_documentation(value)
            for name, value in part.items()
            if name != "documentation" or not isinstance(value, str)
        }
    return part


def _referenced_shapes(part: Any) -> Iterator[str]:
    """Yield the name of each shape that a part of a model refers to, as `{"shape": NAME}`, at any depth."""
    if isinstance(part, list):
        for item in part:
            yield from _referenced_shapes(item)
    elif isinstance(part, dict):
        for key, value in part.items():
            # A member may itself be called "shape": its value is an object, not a name.
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _referenced_shapes(value)


def _prune_endpoints(endpoints: dict[str, Any], kept: Collection[str]) -> dict[str, Any]:
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services if name in kept}
    return endpoints


def _compact_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
