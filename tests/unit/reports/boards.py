"""A board at a fixed time, for tests."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from customization_jobs.reports.board import Board
from tests.fakes import NOW

HOUR = timedelta(hours=1)
DAY_SECONDS = 86_400.0


def board(theme: Any = "light", limit_of: Callable[[Any], float] = lambda _: DAY_SECONDS) -> Board:
    return Board(NOW, limit_of, theme)
