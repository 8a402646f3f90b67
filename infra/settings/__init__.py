"""Settings of the stack: declared in `model`, checked by `rules` and `consistency`, read by `context`."""
