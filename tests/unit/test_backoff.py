import pytest

from customization_jobs.backoff import jittered_pause, longest_pause


def test_the_longest_pause_doubles_up_to_the_cap() -> None:
    assert [longest_pause(attempt, base=0.5, cap=3) for attempt in range(5)] == [0.5, 1, 2, 3, 3]
    assert longest_pause(10, base=0.1) == pytest.approx(102.4)


def test_a_pause_is_random_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        bounds.append((low, high))
        return high / 2

    monkeypatch.setattr("random.uniform", uniform)
    assert jittered_pause(3, base=1, cap=6) == 3
    assert bounds == [(0, 6)]
