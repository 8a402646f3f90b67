"""Installs files into a folder of botocore models, and removes exactly those files."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

# Lists what was installed. botocore reads only files whose names it knows.
RECEIPT = "installed-by-make-client.json"


class FolderError(Exception):
    """A file would be overwritten that this program did not install; names it, and says what to do."""


class ModelFolder:
    """The folder of one service, such as `~/.aws/models/customization-jobs`, which need not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._receipt = path / RECEIPT

    def install(self, files: Mapping[Path, str]) -> None:
        """Write files in place of those that were installed before.

        Parameters
        ----------
        files : mapping of Path to str
            Texts by their paths inside the folder.

        Raises
        ------
        FolderError
            There are other files, or an installed one was changed. Nothing was written.
        """
        for other in self._others():
            raise FolderError(f"{other} was not installed by `make client`. Move it away, and try again.")
        self.remove()
        self._path.mkdir(parents=True)
        # The receipt is first, so that an interrupted installation can be repeated or removed.
        digests = {name.as_posix(): _digest(text.encode()) for name, text in files.items()}
        self._receipt.write_text(json.dumps(digests), encoding="utf-8")
        for name, text in files.items():
            file = self._path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())

    def remove(self) -> bool:
        """Remove the installed files, and their folders if then empty; return whether there were any files.

        Raises
        ------
        FolderError
            An installed file was changed. Nothing was removed.
        """
        installed = self._installed()
        for file, digest in installed.items():
            if file.exists() and _digest(file.read_bytes()) != digest:
                raise FolderError(f"{file} was changed since it was installed. Move it away, and try again.")
        for file in installed:
            file.unlink(missing_ok=True)
        self._receipt.unlink(missing_ok=True)
        if installed:
            for folder in (*{file.parent for file in installed}, self._path, self._path.parent):
                with suppress(OSError):  # it has other files
                    folder.rmdir()
        return bool(installed)

    def _others(self) -> Iterator[Path]:
        """Yield what is in the way of an installation."""
        if self._path.is_symlink():
            yield self._path
        known = {*self._installed(), self._receipt}
        yield from (each for each in self._path.rglob("*") if not each.is_dir() and each not in known)

    def _installed(self) -> dict[Path, str]:
        """Return the digests of the installed files."""
        if not self._receipt.is_file():
            return {}
        try:
            digests = dict(json.loads(self._receipt.read_bytes()))
            return {self._path / _inside(name): str(digest) for name, digest in digests.items()}
        except (ValueError, TypeError) as error:
            raise FolderError(f"{self._receipt} is damaged. Remove {self._path} by hand.") from error


def _inside(name: str) -> PurePosixPath:
    """Return a path that does not lead out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(name)
    return path


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
