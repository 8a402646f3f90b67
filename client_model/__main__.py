"""Writes the client of all routes: `python -m client_model build/customization-jobs-client.zip`.

Unpack the archive in `~/.aws/models`. Routes that are not deployed answer 404, and say why.
"""

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from client_model.files import client_files


def write_archive(file: Path) -> None:
    """Write the archive, the same bytes each time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(file, "w") as archive:
        for name, text in client_files(has_fleet=True).items():
            archive.writestr(ZipInfo(name.as_posix()), text, ZIP_DEFLATED)


if __name__ == "__main__":
    write_archive(Path(sys.argv[1]))
