"""Waiting for jobs to end: waiters are recorded, and answered when the last of their jobs has ended."""
