import copy
import json
from collections.abc import Callable
from typing import Any, cast

import pytest

from customization_jobs.dispatch import Handler
from tests.fakes import FakeContext


@pytest.fixture
def get(
    handler: Handler, event: Callable[[str], Any]
) -> Callable[..., tuple[int, dict[str, Any], dict[str, str]]]:
    """Send a REST API request and return status, body and headers."""

    def send(
        query: dict[str, list[str]] | None = None,
        path: str = "/model-customization-jobs",
        method: str = "GET",
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        request = copy.deepcopy(event("api-gateway-rest"))
        request |= {"path": path, "httpMethod": method, "multiValueQueryStringParameters": query}
        request["queryStringParameters"] = {name: v[-1] for name, v in query.items()} if query else None
        answer = handler(request, cast("Any", FakeContext()))
        assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}
        assert answer["isBase64Encoded"] is False
        return answer["statusCode"], json.loads(answer["body"]), answer["headers"]

    return send
