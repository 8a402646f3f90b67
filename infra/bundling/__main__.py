"""Builds the bundle in the folder that the command line names."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.bundling.build import build_bundle
from infra.bundling.errors import BundleError


def main(arguments: Sequence[str] | None = None, build: Callable[[Path], None] = build_bundle) -> None:
    """Build, or end with the message of a `BundleError`."""
    parser = argparse.ArgumentParser(prog="python -m infra.bundling", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder to fill; its content is lost")
    try:
        build(parser.parse_args(arguments).folder)
    except BundleError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
