import json

from hypothesis import given
from hypothesis import strategies as st

from customization_jobs.errors import InternalServerException, Problem, ValidationException

# Python's own strings, and JSON, can contain lone surrogates.
any_text = st.text(alphabet=st.characters(categories=None, exclude_categories=()))


@given(any_text)
def test_a_message_can_always_be_encoded(text: str) -> None:
    assert isinstance(str(InternalServerException(text)).encode(), bytes)


@given(any_text, any_text, any_text)
def test_a_problem_can_always_be_encoded(parameter: str, sent: str, allowed: str) -> None:
    problem = Problem(parameter, sent, allowed)
    for each in (problem.parameter, problem.sent, problem.allowed, str(problem)):
        assert isinstance(each.encode(), bytes)


def test_text_that_can_be_encoded_is_not_changed() -> None:
    assert str(InternalServerException("Größe \U0001f600")) == "Größe \U0001f600"
    assert str(InternalServerException("\ud800")) == "\\ud800"


def test_the_first_twenty_problems_are_described_and_the_others_counted() -> None:
    problems = [Problem(f"p{number}", "x", "y") for number in range(23)]
    error = ValidationException.from_problems(problems)
    assert error.problems == tuple(problems[:20])
    assert str(error).endswith("p19: got x, allowed: y; and 3 more")
    assert "p20" not in str(error)
    assert str(ValidationException.from_problems(problems[:20])).endswith("p19: got x, allowed: y")


def test_a_query_with_any_number_of_unknown_names_has_a_short_answer() -> None:
    problems = [Problem(f"p{number}" * 20, "x" * 80, "y" * 200) for number in range(100_000)]
    error = ValidationException.from_problems(problems)
    assert len(json.dumps([str(error), [str(each) for each in error.problems]])) < 20_000
