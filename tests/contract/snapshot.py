"""The contract of the operation as botocore's model states it, as text that a person can read and compare."""

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
    """Write inputs, answer and errors, a line each."""
    of: Any = operation()
    http = of.http
    lines = [f"{http['method']} {http['requestUri']}", "", "input"]
    lines += [f"  {name}: {_described(shape)}" for name, shape in of.input_shape.members.items()]
    lines += ["", "answer", *_structure(of.output_shape, "  ")]
    lines += ["", "errors"]
    lines += [
        f"  {shape.name} {shape.metadata['error']['httpStatusCode']}"
        for shape in sorted(of.error_shapes, key=lambda shape: shape.name)
    ]
    return "\n".join(lines) + "\n"


def _structure(shape: Any, indent: str) -> list[str]:
    lines = []
    for name, member in shape.members.items():
        required = " (required)" if name in shape.required_members else ""
        inner = member.member if member.type_name == "list" else member
        lines.append(f"{indent}{name}: {_described(member)}{required}")
        if inner.type_name == "structure":
            lines += _structure(inner, f"{indent}  ")
    return lines


def _described(shape: Any) -> str:
    facts = [shape.type_name]
    if shape.metadata.get("enum"):
        facts.append("one of " + " | ".join(shape.metadata["enum"]))
    facts += [f"{bound} {shape.metadata[bound]}" for bound in ("min", "max") if bound in shape.metadata]
    if "pattern" in shape.metadata:
        facts.append(f"pattern {shape.metadata['pattern']}")
    return ", ".join(facts)
