"""Totals as the bytes of an answer."""

import json
from collections.abc import Mapping
from typing import Any

from customization_jobs.errors import encodable


def totals_json(totals: Mapping[str, Any]) -> bytes:
    """Return totals as JSON in UTF-8."""
    return encodable(json.dumps(totals, ensure_ascii=False)).encode()
