"""The figures of one run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.bundles import Size
from benchmarks.contenders import Contender
from benchmarks.listings import Listed, Lister, Workload
from benchmarks.load.figures import Load
from benchmarks.sweeps import Sweeps

# The workload of the listing targets.
AT_SCALE = Workload(100_000)


@dataclass(slots=True)
class Results:
    """Everything that was measured; a measurement that was left out is empty.

    Attributes
    ----------
    instructions, cold_seconds : mapping
        From the start of a fresh process to its first answer.
    tls_instructions, tls_seconds : mapping
        The same over TLS.
    warm_instructions, warm_without_details : dict
        Of one invocation, by the number of jobs in the answer: with and without their `statusDetails`.
    warm_seconds : dict
        CPU time of one invocation, by the number of jobs in the answer.
    listings : dict
        Wall time and peak memory, by workload.
    sizes : mapping
        Sizes of the bundles.
    shares : mapping of str to int
        Bytes of this project's zipped bundle, by package.
    load : Load or None
        Answers and sweeps under load.
    sweeps : mapping
        The sweeps of the schedule, by the number of jobs.
    """

    instructions: Mapping[Contender, float] = field(default_factory=dict)
    cold_seconds: Mapping[Contender, float] = field(default_factory=dict)
    tls_instructions: Mapping[Contender, float] = field(default_factory=dict)
    tls_seconds: Mapping[Contender, float] = field(default_factory=dict)
    warm_instructions: dict[int, Mapping[Contender, float]] = field(default_factory=dict)
    warm_without_details: dict[int, Mapping[Contender, float]] = field(default_factory=dict)
    warm_seconds: dict[int, Mapping[Contender, float]] = field(default_factory=dict)
    listings: dict[Workload, Mapping[Lister, Listed]] = field(default_factory=dict)
    sizes: Mapping[Contender, Size] = field(default_factory=dict)
    shares: Mapping[str, int] = field(default_factory=dict)
    load: Load | None = None
    sweeps: Mapping[int, Sweeps] = field(default_factory=dict)
