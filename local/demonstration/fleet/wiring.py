"""Creates the demonstration of the fleet for the processes of a run."""

from local.common.http_client import call
from local.common.server_process import LocalRunError
from local.demonstration.console import Console
from local.demonstration.fleet.demonstration import FleetDemonstration
from local.demonstration.fleet.faults import FleetFaults
from local.demonstration.fleet.sweeps import create_machine
from local.demonstration.function_client import FunctionClient
from local.processes.process_group import ProcessGroup
from local.state_machine.definition import DefinitionError


def create_fleet_demonstration(console: Console, processes: ProcessGroup) -> FleetDemonstration:
    """Create the demonstration; raises LocalRunError if the state machine's definition cannot be executed."""
    if not (processes.embedded_aws and processes.watch and processes.resources):
        raise LocalRunError("The fleet runs with the embedded Bedrock only.")
    function = FunctionClient(processes.watch.url)
    try:
        machine = create_machine(function.invoke_in_context, processes.region)
    except DefinitionError as error:
        raise LocalRunError(str(error)) from error
    return FleetDemonstration(
        console,
        machine,
        FleetFaults(processes.embedded_aws.url, processes.region),
        processes.resources,
        invoke=function.invoke,
        get=lambda path: call(processes.gateway.url + path),
        region=processes.region,
    )
