import pytest

from benchmarks.callgrind import CallgrindError, instructions


def counted(command: str, total: int) -> str:
    return f"version: 1\ncmd: {command}\nsummary: {total}\nfn=(1)\n1 2\ntotals: {total}\n"


def test_the_counts_of_a_process_and_of_the_programs_that_it_starts_are_added_up() -> None:
    assert instructions([counted("python -m a", 1000), counted("/sbin/ldconfig -p", 24)]) == 1024


def test_a_forked_copy_is_rejected_because_its_count_includes_its_parents() -> None:
    with pytest.raises(CallgrindError, match="forked without starting a program: python"):
        instructions([counted("python -m a", 1000), counted("python -m a", 900)])


@pytest.mark.parametrize("counts", [[], ["cmd: python\n"], [counted("python", 0)]])
def test_a_missing_count_is_an_error_instead_of_a_small_figure(counts: list[str]) -> None:
    with pytest.raises(CallgrindError):
        instructions(counts)
