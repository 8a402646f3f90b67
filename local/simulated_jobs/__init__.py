"""Simulated model customization jobs, and how they change over time."""
