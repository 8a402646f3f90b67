"""What the user sees of a local run: the three callers, then the watch, printed on the console."""
