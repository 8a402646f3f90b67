"""CPU time and memory of a running process, read from Linux."""

import ctypes
import re
import time
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used so far, in all of its threads."""
    clock = ctypes.c_int()
    # POSIX offers this clock for any process; Python offers it only for its own process and threads.
    error: int = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    if error:
        raise OSError(error, "clock_getcpuclockid")
    return time.clock_gettime(clock.value)


def peak_megabytes(pid: int) -> float:
    """Return the peak resident memory of a process so far."""
    return read_peak_megabytes(Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))


def read_peak_megabytes(status: str) -> float:
    """Read the peak of resident memory from the text of `/proc/PID/status`."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if not found:
        raise ValueError("no VmHWM")
    return int(found[1]) * 1024 / 1e6
