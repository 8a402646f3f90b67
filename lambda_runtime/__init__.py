"""Runs a function's bundle on this machine as Lambda runs it; shared by the benchmark and the tests."""
