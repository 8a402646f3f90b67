"""Publishes every job state change once, whether Bedrock's events or a sweep found it."""
