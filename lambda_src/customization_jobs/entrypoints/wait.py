"""Workflows that wait for jobs to end: `lambda:invoke.waitForTaskToken`."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.listing.query import QueryContract
from customization_jobs.timeouts import invocation_deadline
from customization_jobs.waits.registration import Registration
from customization_jobs.waits.wait_request import WaitRequest

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.fleet.query import FleetQueryContract
    from customization_jobs.observability import Observability


class WaitEntryPoint(EntryPoint):
    """Registers waiters.

    Parameters
    ----------
    call_seconds : float
        Longest duration of one call to Bedrock.
    fleet_contract : callable or None
        Creates the contract of queries of the fleet. None: there is no fleet.
    """

    def __init__(
        self,
        registration: Registration,
        contract: QueryContract,
        observability: "Observability",
        *,
        call_seconds: float,
        fleet_contract: "Callable[[], FleetQueryContract] | None" = None,
    ) -> None:
        self._registration = registration
        self._contract = contract
        self._observability = observability
        self._call_seconds = call_seconds
        self._fleet_contract = fleet_contract

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Register a waiter, which is answered at once if all its jobs have ended.

        Step Functions ignores this return value; the waiting state receives the output or the error that
        `waits.result` describes.

        Returns
        -------
        dict
            As `Registration.register`.

        Raises
        ------
        ValidationException
            The request is invalid; lists every problem.
        CustomizationJobsError
            An error of the error contract. The state fails with it, unless it has a `Retry`.

        Example
        -------
        >>> entry_point.answer({"wait": {"query": {}, "taskToken": token}}, context)
        {'waiting': 3, 'done': False}
        """
        request = WaitRequest.parse(event, self._contract, self._fleet_contract)
        registered = self._registration.register(request, invocation_deadline(context, self._call_seconds))
        self._observability.annotate(**registered)
        return registered
