import os
import time

from benchmarks.process_usage import cpu_seconds, peak_megabytes, read_peak_megabytes


def test_peak_memory_is_the_high_water_mark_of_the_processs_status() -> None:
    status = "Name:\tpython\nVmPeak:\t 9 kB\nVmHWM:\t   50000 kB\nVmRSS:\t 4 kB\n"
    assert read_peak_megabytes(status) == 51.2


def test_usage_of_a_running_process_is_read_by_its_id() -> None:
    # The clock under test is read first and last, so that its interval includes that of the other clock.
    measured_from = cpu_seconds(os.getpid())
    used_from = time.process_time()
    sum(range(1_000_000))
    used = time.process_time() - used_from
    measured = cpu_seconds(os.getpid()) - measured_from
    assert measured >= used > 0
    assert peak_megabytes(os.getpid()) > 1
