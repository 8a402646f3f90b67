from benchmarks.profile_cold import Import, by_package, medians, read_imports

SAID = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 |   urllib3.util
import time:       250 |        350 | urllib3
a line of the handler's own
import time:        40 |        400 | botocore.session
"""


def test_lines_of_importtime_are_read_and_others_skipped() -> None:
    assert read_imports(SAID) == [
        Import("urllib3.util", 100, 100),
        Import("urllib3", 250, 350),
        Import("botocore.session", 40, 400),
    ]


def test_own_times_are_added_up_by_package_with_two_levels_where_packages_are_large() -> None:
    assert by_package(read_imports(SAID)) == {"urllib3": 350, "botocore.session": 40}


def test_modules_are_told_by_their_median_over_runs() -> None:
    rounds = [[Import("a", own, own * 2)] for own in (5, 100, 7)]
    assert medians(rounds) == [Import("a", 7, 14)]
