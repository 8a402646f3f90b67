"""The parts of the stack that exist only with a fleet."""

from collections.abc import Sequence

from constructs import Construct

from infra.constructs.dead_letters import DeadLetters
from infra.constructs.fleet_sweep import FleetSweep
from infra.constructs.logs import Logs
from infra.constructs.member_events import MemberEvents
from infra.constructs.rules import BusRule
from infra.constructs.watch_function import WatchFunction
from infra.settings.model import Settings


class Fleet(Construct):
    """The sweep of the fleet, and the bus for events of other accounts.

    Attributes
    ----------
    sweep : FleetSweep
        The sweep.
    member_events : MemberEvents or None
        The bus; None if the fleet has no other accounts.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        watch: WatchFunction,
        dead_letters: DeadLetters,
        logs: Logs,
        settings: Settings,
    ) -> None:
        super().__init__(scope, construct_id)
        self.sweep = FleetSweep(self, "Sweep", watch=watch, logs=logs, settings=settings)
        self.member_events = (
            MemberEvents(
                self,
                "MemberEvents",
                function=watch,
                dead_letters=dead_letters,
                organization_id=settings.fleet_organization_id,
            )
            if settings.has_other_accounts and settings.fleet_organization_id
            else None
        )

    @property
    def rules(self) -> Sequence[BusRule]:
        """The rules that deliver events."""
        return (self.member_events.rule,) if self.member_events else ()
