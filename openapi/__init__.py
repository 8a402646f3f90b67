"""Generates the OpenAPI document of the HTTP API, which the function serves."""
