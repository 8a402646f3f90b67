import itertools

from customization_jobs.watch.job import Job, Phase
from customization_jobs.watch.ranks import job_rank, phase_rank

END = "2026-03-01T12:00:00Z"
# Each list is in ascending order; the statuses of one entry share a rank.
JOB_STATUSES = (
    (("InProgress", None), ("Paused", None), ("InProgress", END)),
    (("Stopping", None), ("Stopping", END)),
    (("Archived", END),),
    (("Completed", None), ("Failed", END), ("Stopped", None)),
)
PHASE_STATUSES = (
    ("NotStarted",),
    ("InProgress", "Warming"),
    ("Stopping",),
    ("Completed", "Failed", "Stopped"),
)


def test_the_ranks_of_jobs() -> None:
    ranks = [
        {job_rank(Job("arn:x/1", "n", status, end_time=end)) for status, end in statuses}
        for statuses in JOB_STATUSES
    ]
    assert all(len(each) == 1 for each in ranks)
    assert all(max(lower) < min(higher) for lower, higher in itertools.pairwise(ranks))


def test_the_ranks_of_phases() -> None:
    ranks = [{phase_rank(Phase(status)) for status in statuses} for statuses in PHASE_STATUSES]
    assert all(len(each) == 1 for each in ranks)
    assert all(max(lower) < min(higher) for lower, higher in itertools.pairwise(ranks))
