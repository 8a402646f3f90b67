"""Installs and removes the client: a model of the API for AWS CLI and boto3, and its URL in a profile."""
