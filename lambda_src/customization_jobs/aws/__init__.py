"""Adapters for the AWS services that the function calls. They do not interpret jobs."""
