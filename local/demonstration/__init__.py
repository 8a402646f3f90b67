"""The console output of a local run: the three callers, then the watch."""
