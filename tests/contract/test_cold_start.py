import sys

from tests.contract.modules import budget, cold_start_modules


def test_a_cold_start_loads_no_module_beyond_its_budget() -> None:
    new = cold_start_modules() - budget()
    assert not new, (
        f"A cold start now loads {', '.join(sorted(new))}. If it has to, `make contract` accepts it; "
        "`python -m benchmarks.profile_cold` tells what it costs."
    )


def test_the_budget_has_nothing_left_over() -> None:
    unused = budget() - cold_start_modules() - sys.stdlib_module_names
    assert not unused, f"No cold start loads {', '.join(sorted(unused))}: `make contract` takes them out."
