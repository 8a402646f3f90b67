"""Profiles this project's cold start: `python -m benchmarks.profile_cold [BUNDLE ...]`.

Without arguments: the time of each import, by package and by module, and the C functions that execute the
most instructions. With folders of bundles, variants of this project: the instructions of each, compared with
the first.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import callgrind
from benchmarks.bedrock_server import serving
from benchmarks.bundles import BenchmarkError, interpreter
from benchmarks.contenders import THIS_PROJECT, Testbed, check_answer, proxy_event
from benchmarks.measures import COLD_JOBS
from lambda_runtime.function_process import FunctionProcess

_ROUNDS = 9
_TOP_PACKAGES, _TOP_MODULES, _TOP_FUNCTIONS = 25, 40, 15
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")
_LARGE_PACKAGES = ("aws_lambda_powertools", "botocore", "aws_xray_sdk")


@dataclass(frozen=True, slots=True)
class Import:
    """One line of `python -X importtime`.

    Attributes
    ----------
    module : str
        The module's name.
    own, cumulative : float
        Microseconds, without and with the modules that it was the first to import.
    """

    module: str
    own: float
    cumulative: float


def read_imports(output: str) -> list[Import]:
    """Read the output of `python -X importtime`."""
    return [Import(name, int(own), int(cumulative)) for own, cumulative, _, name in _LINE.findall(output)]


def medians(rounds: Iterable[Sequence[Import]]) -> list[Import]:
    """Take each module's median over several runs."""
    own: dict[str, list[float]] = {}
    cumulative: dict[str, list[float]] = {}
    for imports in rounds:
        for each in imports:
            own.setdefault(each.module, []).append(each.own)
            cumulative.setdefault(each.module, []).append(each.cumulative)
    return [Import(name, median(own[name]), median(cumulative[name])) for name in own]


def by_package(imports: Iterable[Import]) -> Counter[str]:
    """Sum the modules' own times by package; large packages are split at the second level of their names."""
    times: Counter[str] = Counter()
    for each in imports:
        parts = each.module.split(".")
        levels = 2 if parts[0] in _LARGE_PACKAGES else 1
        times[".".join(parts[:levels])] += round(each.own)
    return times


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundles", nargs="*", type=Path, help="folders of bundles to compare by instructions")
    bundles = [path.absolute() for path in parser.parse_args().bundles]
    try:
        testbed = Testbed(interpreter())
        with serving(COLD_JOBS) as endpoint:
            if bundles:
                _compare(testbed, endpoint, bundles)
            else:
                _print_imports(testbed, endpoint)
                _print_functions(testbed, endpoint)
    except (BenchmarkError, callgrind.CallgrindError) as error:
        sys.exit(str(error))


def _run(process: FunctionProcess) -> str:
    """Start a process, invoke it once, and return its output."""
    with process:
        response = process.invoke(proxy_event(COLD_JOBS))
        check_answer(THIS_PROJECT, response.body, COLD_JOBS)
        return process.output()


def _print_imports(testbed: Testbed, endpoint: str) -> None:
    options = ("-X", "importtime")
    imports = medians(
        [read_imports(_run(testbed.process(THIS_PROJECT, endpoint, options=options))) for _ in range(_ROUNDS)]
    )
    print(f"{len(imports)} modules, {sum(each.own for each in imports) / 1000:.1f} ms\n\nms by package")
    for name, own in by_package(imports).most_common(_TOP_PACKAGES):
        print(f"{own / 1000:8.1f}  {name}")
    print("\nms by module: with the modules that it was the first to import, and without")
    for each in sorted(imports, key=lambda each: -each.cumulative)[:_TOP_MODULES]:
        print(f"{each.cumulative / 1000:8.1f}{each.own / 1000:8.1f}  {each.module}")


def _print_functions(testbed: Testbed, endpoint: str) -> None:
    annotate = shutil.which("callgrind_annotate")
    if annotate is None:
        raise callgrind.CallgrindError(callgrind.HOW_TO_INSTALL)
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder)
        _run(testbed.process(THIS_PROJECT, endpoint, wrapper=callgrind.command(counts)))
        millions = callgrind.total_instructions(counts) / 1e6
        print(f"\n{millions:.0f} million instructions; C functions by their own instructions")
        largest = max(counts.iterdir(), key=lambda path: path.stat().st_size)
        output = subprocess.run(  # noqa: S603 - an installed program with a fixed argument
            [annotate, str(largest)], capture_output=True, text=True, check=True
        ).stdout
    lines = re.findall(r"^ *([\d,]+) \( ?([\d.]+)%\) +\S*:(\S+)", output, re.MULTILINE)
    for count, share, function in lines[:_TOP_FUNCTIONS]:
        print(f"{count:>14} {share:>6} %  {function}")


def _compare(testbed: Testbed, endpoint: str, bundles: Sequence[Path]) -> None:
    first = None
    for bundle in bundles:
        with tempfile.TemporaryDirectory() as folder:
            wrapper = callgrind.command(Path(folder))
            _run(testbed.process(THIS_PROJECT, endpoint, bundle=bundle, wrapper=wrapper))
            count = callgrind.total_instructions(Path(folder))
        first = first or count
        print(
            f"{count / 1e6:9.1f} million  {(count - first) / 1e6:+9.1f}  {count / first:.4f}  {bundle.name}",
            flush=True,
        )


if __name__ == "__main__":
    main()
