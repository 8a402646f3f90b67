from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quota import Quota, TokenBucket


def test_a_burst_is_accepted_and_then_the_rate() -> None:
    now = 0.0
    bucket = TokenBucket(Quota(10, 3), clock=lambda: now)
    assert [bucket.accept() for _ in range(5)] == [True, True, True, False, False]
    now = 0.25
    assert [bucket.accept() for _ in range(3)] == [True, True, False]
    # A pause refills the quota up to one burst, not further.
    now = 100.0
    assert [bucket.accept() for _ in range(4)] == [True, True, True, False]
    assert (bucket.accepted, bucket.throttled) == (8, 4)


def test_without_a_quota_every_request_is_accepted() -> None:
    bucket = TokenBucket(None)
    assert all(bucket.accept() for _ in range(1000))
    assert (bucket.accepted, bucket.throttled) == (1000, 0)


@given(
    st.lists(st.integers(0, 1000), max_size=200),
    st.sampled_from([0.5, 2.0, 8.0]),
    st.integers(min_value=1, max_value=9),
)
def test_no_stretch_of_time_has_more_than_a_burst_and_the_rate(
    pauses_ms: list[int], rate: float, burst: int
) -> None:
    now = 0.0
    bucket = TokenBucket(Quota(rate, burst), clock=lambda: now)
    accepted = []
    for pause in pauses_ms:
        now += pause / 1000
        if bucket.accept():
            accepted.append(now)
    for first, start in enumerate(accepted):
        for last in range(first, len(accepted)):
            assert last - first + 1 <= burst + (accepted[last] - start) * rate + 1e-6
