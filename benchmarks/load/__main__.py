"""`python -m benchmarks.load`: measures only the service under load, in some four minutes."""

import argparse

from benchmarks.bundles import interpreter
from benchmarks.contenders import Testbed
from benchmarks.load.measure import measure_load
from benchmarks.load.report import section


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="hold the load for ten seconds instead of a minute"
    )
    print(section(measure_load(Testbed(interpreter()), 10.0 if parser.parse_args().quick else 60.0)))


if __name__ == "__main__":
    main()
