"""Replaces the part of botocore that writes the documentation of its clients, which no function reads.

Loading that part takes 3 % of a cold start, because it imports an HTML parser.
"""

import shutil
from pathlib import Path

# botocore's handlers import it to describe the parameters that they adapt. It imports no other module of
# the folder.
_KEPT = "utils.py"
_DOCSTRINGS = "docstring.py"
_EMPTY_DOCSTRINGS = Path(__file__).with_name("empty_docstrings.py")


def replace_botocore_docs(docs: Path) -> None:
    """Reduce the folder `botocore/docs` to what clients need."""
    kept = (docs / _KEPT).read_bytes()
    shutil.rmtree(docs)
    docs.mkdir()
    (docs / _KEPT).write_bytes(kept)
    shutil.copyfile(_EMPTY_DOCSTRINGS, docs / _DOCSTRINGS)
