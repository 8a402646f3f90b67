"""Replaces the part of botocore that writes the documentation of its clients, which no function reads.

Loading it takes 3 % of a cold start: it imports an HTML parser.
"""

import shutil
from pathlib import Path

# Names the parameters that botocore's handlers adapt; it imports nothing else of the part.
_KEPT = "utils.py"
_DOCSTRINGS = "docstring.py"
_EMPTY_DOCSTRINGS = Path(__file__).with_name("empty_docstrings.py")


def replace_botocore_docs(docs: Path) -> None:
    """Keep of the folder `botocore/docs` only what clients need."""
    kept = (docs / _KEPT).read_bytes()
    shutil.rmtree(docs)
    docs.mkdir()
    (docs / _KEPT).write_bytes(kept)
    shutil.copyfile(_EMPTY_DOCSTRINGS, docs / _DOCSTRINGS)
