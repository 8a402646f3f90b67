"""In the bundle, stands in for botocore/docs/docstring.py: the docstrings of botocore's clients are empty."""

from typing import Any, Self


class _EmptyDocstring(str):
    __slots__ = ()

    def __new__(cls, **_: Any) -> Self:
        return super().__new__(cls)


ClientMethodDocstring = PaginatorDocstring = WaiterDocstring = _EmptyDocstring
