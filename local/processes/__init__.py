"""Starts and stops the processes of a local run."""
