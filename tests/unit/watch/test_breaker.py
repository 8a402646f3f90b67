import random

import pytest

from customization_jobs.watch.breaker import Breaker


def tried_chunks(breaker: Breaker, succeed: range, chunks: int = 500) -> list[int]:
    """Return the numbers of the chunks that are tried if only those in `succeed` do not fail entirely."""
    tried = []
    for number in range(chunks):
        if not breaker.skips():
            tried.append(number)
            succeeded = int(number in succeed)
            breaker.add(failed=100 - succeeded, succeeded=succeeded)
    return tried


def test_everything_is_tried_while_some_jobs_succeed() -> None:
    assert tried_chunks(Breaker(), range(500)) == list(range(500))


def test_fewer_than_fifty_failures_in_a_row_skip_nothing() -> None:
    breaker = Breaker(lambda: 0.99)
    breaker.add(failed=49, succeeded=0)
    assert not breaker.skips()
    breaker.add(failed=1, succeeded=1)
    breaker.add(failed=49, succeeded=0)
    assert not breaker.skips()
    breaker.add(failed=1, succeeded=0)
    assert breaker.skips()


@pytest.fixture
def breakers() -> list[Breaker]:
    """Return breakers with different random choices, which are the same in each run."""
    return [Breaker(random.Random(seed).random) for seed in range(200)]  # noqa: S311 - not a secret


def test_an_unavailable_table_or_bus_is_tried_rarely(breakers: list[Breaker]) -> None:
    for breaker in breakers:
        tried = tried_chunks(breaker, range(0))
        assert tried[0] == 0
        assert len(tried) < 20


def test_each_chunk_behind_entries_that_are_refused_forever_is_tried_by_some_sweeps(
    breakers: list[Breaker],
) -> None:
    sweeps = [tried_chunks(breaker, range(3, 500)) for breaker in breakers]
    for number in range(3, 500):
        assert sum(number in tried for tried in sweeps) > 50


def test_the_first_success_ends_the_skipping(breakers: list[Breaker]) -> None:
    for breaker in breakers:
        tried = tried_chunks(breaker, range(3, 500))
        first_success = next((number for number in tried if number >= 3), 500)
        assert tried[-(500 - first_success) :] == list(range(first_success, 500))
