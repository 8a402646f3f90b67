"""The simulator's rule gives the same states as the tables in AWS's documentation."""

import pytest

from tests.infra.incidents.alarm_states import Rule, State, Treatment, next_state

TREATMENTS: tuple[Treatment, ...] = ("missing", "ignore", "breaching", "notBreaching")
RETAIN = "retain"
_POINTS = {"0": False, "X": True, "-": None}

# "How alarm state is evaluated when data is missing": the points, and the state by treatment.
THREE_OF_THREE = [
    ("0 - X - X", "OK OK OK OK"),
    ("0 - - - -", "OK OK OK OK"),
    ("- - - - -", f"INSUFFICIENT_DATA {RETAIN} ALARM OK"),
    ("0 X X - X", "ALARM ALARM ALARM ALARM"),
    ("- - - - X", f"INSUFFICIENT_DATA {RETAIN} ALARM OK"),
    ("X - - - -", f"ALARM {RETAIN} ALARM OK"),
    ("- - X - -", f"ALARM {RETAIN} ALARM OK"),
]
TWO_OF_THREE = [
    ("0 - X - X", "ALARM ALARM ALARM ALARM"),
    ("0 0 X 0 X", "ALARM ALARM ALARM ALARM"),
    ("0 - X - -", "OK OK ALARM OK"),
    ("- - - - 0", "OK OK ALARM OK"),
    ("- - - - X", f"INSUFFICIENT_DATA {RETAIN} ALARM OK"),
    ("- - - X -", f"ALARM {RETAIN} ALARM OK"),
]
ROWS = [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE]


@pytest.mark.parametrize(("to_alarm", "points", "states"), ROWS)
@pytest.mark.parametrize("current", State)
def test_the_state_is_the_documented_one(to_alarm: int, points: str, states: str, current: State) -> None:
    expected = [current if state == RETAIN else State(state) for state in states.split()]
    range_of_points = [_POINTS[point] for point in points.split()]
    rules = [Rule(3, to_alarm, treatment) for treatment in TREATMENTS]
    assert [next_state(range_of_points, rule, current) for rule in rules] == expected


def test_the_second_row_of_the_documentation_turns_to_alarm_when_its_last_point_leaves_the_range() -> None:
    rule = Rule(3, 3, "breaching")
    assert next_state([False, None, None, None, None], rule, State.OK) is State.OK
    assert next_state([None, None, None, None, None], rule, State.OK) is State.ALARM


def test_a_single_period_with_missing_data_stays_ok_until_the_whole_range_is_empty() -> None:
    # The reason why an hourly alarm of one period was raised only after hours.
    rule = Rule(1, 1, "breaching")
    assert next_state([False, None, None], rule, State.OK) is State.OK
    assert next_state([None, None, None], rule, State.OK) is State.ALARM
