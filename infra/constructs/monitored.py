"""The parts of the stack that alarms and dashboard observe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from infra.constructs.api import Api
from infra.constructs.dead_letters import DeadLetters
from infra.constructs.export import Export
from infra.constructs.fleet_sweep import FleetSweep
from infra.constructs.function import BedrockFunction
from infra.constructs.notifications import Notifications
from infra.constructs.rules import BusRule
from infra.constructs.single_sign_on import SingleSignOnApi
from infra.constructs.wait_for_jobs import WaitForJobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """Everything that can fail.

    Attributes
    ----------
    wait_results : Metric
        Number of executions that ended with a result that is a failure, see `add_wait_results`.
    dead_letters : mapping of str to DeadLetters
        By the construct id of the alarm on each queue.
    fleet_sweep : FleetSweep or None
        None without a fleet.
    export : Export or None
        None without the export.
    single_sign_on : SingleSignOnApi or None
        None without single sign-on.
    """

    listing: BedrockFunction
    watch: BedrockFunction
    api: Api
    wait: WaitForJobs
    wait_results: cloudwatch.Metric
    table: dynamodb.ITable
    rules: Sequence[BusRule]
    notifications: Notifications
    dead_letters: Mapping[str, DeadLetters]
    fleet_sweep: FleetSweep | None
    export: Export | None
    single_sign_on: SingleSignOnApi | None
