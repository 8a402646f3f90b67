"""An edit of a text file, which is shown before it is written."""

import difflib
import tempfile
from collections.abc import Callable
from pathlib import Path


class FileEdit:
    """A file and its new text.

    Parameters
    ----------
    file : Path
        Need not exist.
    edit : callable
        Returns the new text for the current one, which has the file's line breaks; empty without a file.
    """

    def __init__(self, file: Path, edit: Callable[[str], str]) -> None:
        self._file = file
        # In any encoding: bytes that are not UTF-8 are kept.
        self._text = file.read_bytes().decode("utf-8", "surrogateescape") if file.exists() else ""
        self._edited = edit(self._text)

    @property
    def changes(self) -> str:
        """The lines that change, without any others, which may be secret; empty if none does."""
        before, after = self._text.splitlines(), self._edited.splitlines()
        name = str(self._file)
        return "\n".join(difflib.unified_diff(before, after, name, name, n=0, lineterm=""))

    def write(self) -> None:
        """Replace the file in one step, or remove it if no text is left. Keeps its mode and a link to it."""
        target = self._file.resolve()
        if not self._edited:
            target.unlink(missing_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o600
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as new:
            new.write(self._edited.encode("utf-8", "surrogateescape"))
        Path(new.name).chmod(mode)
        Path(new.name).replace(target)
