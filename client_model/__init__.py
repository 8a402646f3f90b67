"""Generates the botocore model by which AWS CLI and boto3 call the HTTP API, its paginators and its waiters."""
