"""A function with a fleet imports what answers for it only when it is asked."""

import os
import subprocess
import sys

PROGRAM = (
    "import sys\n"
    "from customization_jobs import handler\n"
    "print(*sorted(name for name in sys.modules if 'fleet' in name))"
)


def test_a_cold_start_imports_nothing_of_the_fleet() -> None:
    environment = {
        **os.environ,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "WATCH_TABLE": "jobs",
        "FLEET": '{"hub": "111122223333", "regions": ["us-east-1"]}',
    }
    command = [sys.executable, "-c", PROGRAM]
    found = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    assert found.split() == []
