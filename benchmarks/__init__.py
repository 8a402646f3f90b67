"""Measures this project beside comparable implementations, in one run, and reports ratios (`make bench`)."""
