"""The contract of the list operation in botocore's model, as text that is easy to read and to compare."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.session import Session

if TYPE_CHECKING:
    from botocore.model import OperationModel

SNAPSHOT = Path(__file__).with_name("list_model_customization_jobs.txt")


def operation() -> "OperationModel":
    model = Session().get_service_model("bedrock")
    return model.operation_model("ListModelCustomizationJobs")


def contract_text() -> str:
    """Return the inputs, the answer's fields and the errors, one per line."""
    model: Any = operation()
    http = model.http
    lines = [f"{http['method']} {http['requestUri']}", "", "input"]
    lines += [f"  {name}: {_description(shape)}" for name, shape in model.input_shape.members.items()]
    lines += ["", "answer", *_structure(model.output_shape, "  ")]
    lines += ["", "errors"]
    lines += [
        f"  {shape.name} {shape.metadata['error']['httpStatusCode']}"
        for shape in sorted(model.error_shapes, key=lambda shape: shape.name)
    ]
    return "\n".join(lines) + "\n"


def _structure(shape: Any, indent: str) -> list[str]:
    lines = []
    for name, member in shape.members.items():
        required = " (required)" if name in shape.required_members else ""
        inner = member.member if member.type_name == "list" else member
        lines.append(f"{indent}{name}: {_description(member)}{required}")
        if inner.type_name == "structure":
            lines += _structure(inner, f"{indent}  ")
    return lines


def _description(shape: Any) -> str:
    facts = [shape.type_name]
    if shape.metadata.get("enum"):
        facts.append("one of " + " | ".join(shape.metadata["enum"]))
    facts += [f"{bound} {shape.metadata[bound]}" for bound in ("min", "max") if bound in shape.metadata]
    if "pattern" in shape.metadata:
        facts.append(f"pattern {shape.metadata['pattern']}")
    return ", ".join(facts)
