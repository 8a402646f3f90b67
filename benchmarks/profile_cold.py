"""Where a cold start of ours goes: `python -m benchmarks.profile_cold [BUNDLE ...]`.

Without arguments: the time of each import, by package and by module, and the C functions that take the most
instructions. With the folders of bundles, variants of ours: the instructions of each beside the first one's.
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
from benchmarks.contenders import SELF, Stage, check, request
from benchmarks.lambda_process import LambdaProcess
from benchmarks.measures import COLD_JOBS

_ROUNDS = 9
_MOST_PACKAGES, _MOST_MODULES, _MOST_FUNCTIONS = 25, 40, 15
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")


@dataclass(frozen=True, slots=True)
class Import:
    """One line of `python -X importtime`.

    Attributes
    ----------
    module : str
        Its name.
    own, whole : float
        Microseconds, without and with what the module imported first.
    """

    module: str
    own: float
    whole: float


def read_imports(said: str) -> list[Import]:
    """Read what `python -X importtime` wrote."""
    return [Import(name, int(own), int(whole)) for own, whole, _, name in _LINE.findall(said)]


def medians(rounds: Iterable[Sequence[Import]]) -> list[Import]:
    """Take each module's median over several runs."""
    own: dict[str, list[float]] = {}
    whole: dict[str, list[float]] = {}
    for imports in rounds:
        for each in imports:
            own.setdefault(each.module, []).append(each.own)
            whole.setdefault(each.module, []).append(each.whole)
    return [Import(name, median(own[name]), median(whole[name])) for name in own]


def by_package(imports: Iterable[Import]) -> Counter[str]:
    """Add up modules' own times by package: two levels of names where a package is large."""
    times: Counter[str] = Counter()
    for each in imports:
        parts = each.module.split(".")
        deep = parts[0] in ("aws_lambda_powertools", "botocore", "aws_xray_sdk")
        times[".".join(parts[: 2 if deep else 1])] += round(each.own)
    return times


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundles", nargs="*", type=Path, help="folders to compare by instructions")
    bundles = [path.absolute() for path in parser.parse_args().bundles]
    try:
        stage = Stage(interpreter())
        with serving(COLD_JOBS) as endpoint:
            if bundles:
                _compare(stage, endpoint, bundles)
            else:
                _imports(stage, endpoint)
                _functions(stage, endpoint)
    except (BenchmarkError, callgrind.CallgrindError) as error:
        sys.exit(str(error))


def _run(stage: Stage, endpoint: str, bundle: Path, **more: Sequence[str]) -> str:
    """Start ours out of `bundle`, take its first answer, and return what it wrote."""
    process = LambdaProcess(stage.python, bundle, stage.runtime, SELF.handler, endpoint, **more)
    with process:
        answer = process.invoke(request(COLD_JOBS))
        check(SELF, answer.body, COLD_JOBS)
        return process.said()


def _imports(stage: Stage, endpoint: str) -> None:
    bundle = stage.bundle_of(SELF)
    rounds = [
        read_imports(_run(stage, endpoint, bundle, options=("-X", "importtime"))) for _ in range(_ROUNDS)
    ]
    imports = medians(rounds)
    print(f"{len(imports)} modules, {sum(each.own for each in imports) / 1000:.1f} ms\n\nown ms by package")
    for name, own in by_package(imports).most_common(_MOST_PACKAGES):
        print(f"{own / 1000:8.1f}  {name}")
    print("\nms with all that each module is the first to import; its own")
    for each in sorted(imports, key=lambda each: -each.whole)[:_MOST_MODULES]:
        print(f"{each.whole / 1000:8.1f}{each.own / 1000:8.1f}  {each.module}")


def _functions(stage: Stage, endpoint: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _run(stage, endpoint, stage.bundle_of(SELF), wrapper=callgrind.command(Path(folder)))
        counts = list(Path(folder).iterdir())
        print(
            f"\n{_total(folder) / 1e6:.0f} million instructions; the C functions with the most of their own"
        )
        annotate = shutil.which("callgrind_annotate")
        if annotate is None:
            raise callgrind.CallgrindError(callgrind.HOW_TO_INSTALL)
        largest = max(counts, key=lambda path: path.stat().st_size)
        said = subprocess.run(  # noqa: S603 - valgrind's own program on a file of ours
            [annotate, str(largest)], capture_output=True, text=True, check=True
        ).stdout
        lines = re.findall(r"^ *([\d,]+) \( ?([\d.]+)%\) +\S*:(\S+)", said, re.MULTILINE)
        for count, share, function in lines[:_MOST_FUNCTIONS]:
            print(f"{count:>14} {share:>6} %  {function}")


def _compare(stage: Stage, endpoint: str, bundles: Sequence[Path]) -> None:
    first = None
    for bundle in bundles:
        with tempfile.TemporaryDirectory() as folder:
            _run(stage, endpoint, bundle, wrapper=callgrind.command(Path(folder)))
            count = _total(folder)
        first = first or count
        print(
            f"{count / 1e6:9.1f} million  {(count - first) / 1e6:+9.1f}  {count / first:.4f}  {bundle.name}",
            flush=True,
        )


def _total(folder: str) -> int:
    return callgrind.instructions(
        path.read_text(encoding="utf-8", errors="replace") for path in Path(folder).iterdir()
    )


if __name__ == "__main__":
    main()
