from benchmarks.profile_cold import Import, by_package, medians, read_imports

OUTPUT = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 |   urllib3.util
import time:       250 |        350 | urllib3
a line that the handler prints
import time:        40 |        400 | botocore.session
"""


def test_lines_of_importtime_are_read_and_other_lines_skipped() -> None:
    assert read_imports(OUTPUT) == [
        Import("urllib3.util", 100, 100),
        Import("urllib3", 250, 350),
        Import("botocore.session", 40, 400),
    ]


def test_own_times_are_added_up_by_package_with_large_packages_split_at_two_levels() -> None:
    assert by_package(read_imports(OUTPUT)) == {"urllib3": 350, "botocore.session": 40}


def test_each_module_has_its_median_over_the_runs() -> None:
    rounds = [[Import("a", own, own * 2)] for own in (5, 100, 7)]
    assert medians(rounds) == [Import("a", 7, 14)]
