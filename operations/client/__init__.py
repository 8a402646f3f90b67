"""Installs and removes the client: a model of the API for AWS CLI and boto3, and a profile's URL of it."""
