"""The files of the client: what a folder for botocore's data contains for one version of one service."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from client_model.endpoints import endpoint_rules
from client_model.names import SERVICE
from client_model.paginators import paginators
from client_model.waiters import waiters
from customization_jobs.entrypoints.documents import service_model


def client_files(*, has_fleet: bool) -> Mapping[Path, str]:
    """Return the texts of the files by their paths, which begin with the name of the service."""
    model = service_model(has_fleet=has_fleet)
    folder = Path(SERVICE, model["metadata"]["apiVersion"])
    contents: Mapping[str, Any] = {
        "service-2": model,
        "paginators-1": paginators(model),
        "waiters-2": waiters(),
        "endpoint-rule-set-1": endpoint_rules(),
    }
    return {
        folder / f"{name}.json": json.dumps(content, indent=1) + "\n" for name, content in contents.items()
    }
