"""Constructs of the stack, one for each part of the service."""
