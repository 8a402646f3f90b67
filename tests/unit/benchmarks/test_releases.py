"""The simulation of releases that raise."""

import random

import pytest

from benchmarks.releases import CANARY_MINUTES, RULES, Traffic, alarm_time, error_times, main, rolled_back

# Whole minutes of the clock begin at 0.25, 1.25, ...
PHASE = 0.25


@pytest.mark.parametrize(
    ("errors", "rule", "expected"),
    [
        ([], 1, None),
        ([0.1], 1, PHASE + 1),
        ([0.3], 1, PHASE + 2),
        # Two errors in one minute are one bad datapoint.
        ([0.3, 1.2], 2, None),
        ([0.3, 1.3], 2, PHASE + 3),
        # The first and the fifth minute are evaluated together, the first and the sixth are not.
        ([0.3, 4.3], 2, PHASE + 6),
        ([0.3, 5.3], 2, None),
        ([0.3, 5.3, 6.3], 2, PHASE + 8),
    ],
)
def test_the_alarm_is_raised_after_the_minute_that_completes_its_rule(
    errors: list[float], rule: int, expected: float | None
) -> None:
    assert alarm_time(errors, rule, PHASE, delay=1) == expected


def test_every_attempt_at_the_new_version_raises() -> None:
    chance = random.Random(1)  # noqa: S311 - a simulation
    all_traffic = Traffic(share=1, window_minutes=0)
    for _ in range(100):
        times = error_times(all_traffic, 15, chance)
        first = times[0]
        assert times == [time for time in (first, first + 1, first + 3) if time < 15]


def test_the_old_version_raises_nothing() -> None:
    chance = random.Random(1)  # noqa: S311 - a simulation
    assert error_times(Traffic(share=0, events_per_hour=60), 30, chance) == []


@pytest.mark.parametrize("sticky", [False, True])
def test_longer_canaries_and_fewer_bad_datapoints_roll_back_more(sticky: bool) -> None:  # noqa: FBT001
    share = rolled_back(Traffic(sticky=sticky), releases=5_000)
    for rule in RULES:
        shares = [share[minutes, rule] for minutes in CANARY_MINUTES]
        assert shares == sorted(shares)
    for minutes in CANARY_MINUTES:
        assert share[minutes, 1] >= share[minutes, 2]
    # A tenth of the invocations, of which there is one in fifteen minutes.
    assert 0.01 < share[5, 1] < 0.04
    assert share == rolled_back(Traffic(sticky=sticky), releases=5_000)


def test_the_command_prints_each_case(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.releases.rolled_back.__defaults__", (10, 1))
    main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * (1 + len(CANARY_MINUTES) * len(RULES)) + 1
    assert "canary of 5 minutes, errors in 1 of five:" in "".join(lines)


def test_the_alarm_must_be_raised_before_the_canary_ends() -> None:
    # If every invocation gets the new version, it is raised 1 to 2 minutes after the tick, so 3.5 of the 15
    # minutes between two ticks are early enough for a canary of five minutes.
    share = rolled_back(Traffic(share=1, window_minutes=0), releases=5_000)
    assert share[5, 1] == pytest.approx(3.5 / 15, abs=0.02)
