"""`make export`: let the local jobs change for a while, export what the watch found, and write the files."""

import argparse
import shutil
import sys
import time
from pathlib import Path

from local.common.identifiers import REGION
from local.common.server_process import LocalRunError
from local.demonstration.console import Console
from local.demonstration.export_demonstration import ExportDemonstration, ExportFailedError
from local.demonstration.function_client import FunctionClient
from local.demonstration.messages import introduce_watch
from local.demonstration.watch_demonstration import WatchDemonstration
from local.embedded_aws.export_bucket import ExportBucket
from local.processes.process_group import LOGS, ProcessGroup
from local.simulated_jobs.catalog import OWNER_TAG

# Ten simulated hours.
_SPEED = 3000.0
_WATCH_SECONDS = 12.0


def main() -> int:
    """Export; return the exit code."""
    parser = argparse.ArgumentParser(prog="make export", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder to fill; earlier exports in it are deleted")
    folder: Path = parser.parse_args().folder
    console = Console()
    console.line("Starting ...")
    try:
        group = ProcessGroup(region=REGION, watched=True, settings={"OWNER_TAG": OWNER_TAG})
        with group.with_export() as processes:
            _export(console, processes, folder)
    except (LocalRunError, ExportFailedError) as error:
        console.error(f"{error} See {LOGS}/.")
        return 1
    except KeyboardInterrupt:
        console.line("Stopped.")
        return 130
    return 0


def _export(console: Console, processes: ProcessGroup, folder: Path) -> None:
    if not (processes.embedded_aws and processes.resources and processes.watch and processes.exporter):
        raise LocalRunError("The run has no export function.")
    watch = WatchDemonstration(
        console,
        processes.resources,
        FunctionClient(processes.watch.url).invoke,
        region=processes.region,
    )
    introduce_watch(console, _SPEED)
    watch.start(_SPEED)
    end = time.monotonic() + _WATCH_SECONDS
    while time.monotonic() < end:
        watch.step()
    export = ExportDemonstration(
        processes.resources,
        ExportBucket(processes.embedded_aws.url, processes.region),
        FunctionClient(processes.exporter.url).invoke,
    )
    export.run()
    for earlier in folder.glob("kind=*"):
        shutil.rmtree(earlier)
    console.heading(f"The files of the export, in {folder}/")
    console.table(("BYTES", "FILE"), [(str(size), name) for name, size in export.write(folder)])


if __name__ == "__main__":
    sys.exit(main())
