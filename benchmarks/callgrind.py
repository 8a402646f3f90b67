"""Instructions counted by valgrind: repeatable to a fraction of a per cent where seconds are not."""

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

HOW_TO_INSTALL = "valgrind counts the instructions and is missing. On Debian and Ubuntu: apt install valgrind"


class CallgrindError(Exception):
    """There is no count; the message says why."""


def command(folder: Path) -> Sequence[str]:
    """Return the command that runs a program and leaves its counts, and those of its children, in `folder`.

    Raises
    ------
    CallgrindError
        valgrind is missing.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise CallgrindError(HOW_TO_INSTALL)
    out = f"--callgrind-out-file={folder}/%p"
    return [valgrind, "--quiet", "--tool=callgrind", "--trace-children=yes", out]


def instructions(counts: Iterable[str]) -> int:
    """Add up the counts of a process and of the programs that it started.

    Parameters
    ----------
    counts : iterable of str
        The texts that callgrind wrote, one a process.

    Raises
    ------
    CallgrindError
        There is none, or a process forked without starting a program: such a copy's count holds what its
        parent had counted so far, and a sum would hold it twice.
    """
    total = 0
    commands = set()
    for text in counts:
        program = re.search(r"^cmd: (.*)$", text, re.MULTILINE)
        summary = re.search(r"^(?:summary|totals): (\d+)$", text, re.MULTILINE)
        if not program or not summary:
            raise CallgrindError("callgrind wrote no total")
        if program[1] in commands:
            raise CallgrindError(f"forked without starting a program: {program[1]}")
        commands.add(program[1])
        total += int(summary[1])
    if not total:
        raise CallgrindError("callgrind wrote nothing")
    return total
