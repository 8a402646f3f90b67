"""Counts instructions with valgrind: counts repeat to a fraction of a percent, where seconds do not."""

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

HOW_TO_INSTALL = (
    "valgrind, which counts the instructions, was not found. On Debian and Ubuntu: apt install valgrind"
)


class CallgrindError(Exception):
    """There is no valid count; the message says why."""


def command(folder: Path) -> Sequence[str]:
    """Return the command that runs a program and writes its counts, and those of its children, to `folder`.

    Raises
    ------
    CallgrindError
        valgrind is not installed.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise CallgrindError(HOW_TO_INSTALL)
    out = f"--callgrind-out-file={folder}/%p"
    return [valgrind, "--quiet", "--tool=callgrind", "--trace-children=yes", out]


def total_instructions(folder: Path) -> int:
    """Add up the counts in a folder, see `instructions`."""
    return instructions(path.read_text(encoding="utf-8", errors="replace") for path in folder.iterdir())


def instructions(counts: Iterable[str]) -> int:
    """Add up the counts of a process and of the programs that it started.

    Parameters
    ----------
    counts : iterable of str
        The texts that callgrind wrote, one for each process.

    Raises
    ------
    CallgrindError
        There is no count, or a process forked without starting a program: the count of such a copy includes
        its parent's count up to the fork, which the sum would then hold twice.
    """
    total = 0
    commands = set()
    for text in counts:
        program = re.search(r"^cmd: (.*)$", text, re.MULTILINE)
        summary = re.search(r"^(?:summary|totals): (\d+)$", text, re.MULTILINE)
        if not program or not summary:
            raise CallgrindError("callgrind wrote no total")
        if program[1] in commands:
            raise CallgrindError(f"A process forked without starting a program: {program[1]}")
        commands.add(program[1])
        total += int(summary[1])
    if not total:
        raise CallgrindError("callgrind wrote no counts")
    return total
