"""Generates the client of the HTTP API for AWS CLI and boto3: its model, paginators and waiters."""
