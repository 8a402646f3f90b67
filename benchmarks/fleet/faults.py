"""Which sources of the fleet cannot be listed, or not at once, and how their coverage has to report it."""

from collections.abc import Sequence
from enum import Enum
from random import Random

from customization_jobs.fleet.coverage import DeniedBy, State
from customization_jobs.sources import Source


class Fault(Enum):
    """What is wrong with a source."""

    NO_ROLE = "the role does not exist"
    CONTROL_POLICY = "a service control policy denies the call"
    REGION = "the region is not enabled"
    THROTTLED = "each call is throttled"
    FAILS = "Bedrock fails"
    DIES = "the invocation of the function ends without an answer"
    THROTTLED_ONCE = "the first attempt of each call is throttled, the second is not"
    SLOW = "each call takes 1.5 to 4.5 s"


# Shares of the sources. The first three, the denied ones, are 5 % together.
_SHARES = {
    Fault.NO_ROLE: 0.03,
    Fault.CONTROL_POLICY: 0.01,
    Fault.REGION: 0.01,
    Fault.THROTTLED: 0.01,
    Fault.FAILS: 0.005,
    Fault.DIES: 0.002,
    Fault.THROTTLED_ONCE: 0.03,
    Fault.SLOW: 0.02,
}
# The coverage of a source with a fault. Those with any other one, or none, are listed.
_REPORTED = {
    Fault.NO_ROLE: (State.DENIED, DeniedBy.ROLE_OR_TRUST),
    Fault.CONTROL_POLICY: (State.DENIED, DeniedBy.SERVICE_CONTROL_POLICY),
    Fault.REGION: (State.DENIED, DeniedBy.REGION),
    Fault.THROTTLED: (State.THROTTLED, None),
    Fault.FAILS: (State.FAILED, None),
    Fault.DIES: (State.LATE, None),
}


def assign_faults(sources: Sequence[Source], own: Source, random: Random) -> dict[Source, Fault]:
    """Choose sources for each fault. The hub's own account has none; a missing role concerns whole accounts."""
    left = [source for source in sources if source.account != own.account]
    faults: dict[Source, Fault] = {}
    for fault, share in _SHARES.items():
        number = round(share * len(sources))
        if fault is Fault.NO_ROLE:
            accounts = sorted({source.account for source in left})
            regions = len({source.region for source in sources})
            without = set(random.sample(accounts, number // regions))
            chosen = [source for source in left if source.account in without]
        else:
            chosen = random.sample(left, number)
        faults |= dict.fromkeys(chosen, fault)
        left = [source for source in left if source not in faults]
    return faults


def expected_state(fault: Fault | None) -> tuple[State, DeniedBy | None]:
    """Return the coverage that a source with a fault must have after a sweep."""
    return _REPORTED.get(fault, (State.LISTED, None)) if fault else (State.LISTED, None)
