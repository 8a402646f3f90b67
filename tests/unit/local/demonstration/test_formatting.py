import pytest

from local.demonstration.formatting import counts, duration


@pytest.mark.parametrize(
    ("seconds", "text"), [(59, "0 min"), (3600, "1 h"), (3660, "1 h 1 min"), (471600, "5 d 11 h")]
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_counts_omit_zeros() -> None:
    assert counts({"a": 1, "b": 0, "c": 3}).replace("\N{NO-BREAK SPACE}", " ") == "3 c, 1 a"
    assert counts({}) == "none"
