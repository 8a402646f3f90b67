"""The processes of a local run: their start, their environment, their end."""
