"""The account, region and function that every part of the local run refers to."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
FUNCTION_NAME = "customization-jobs"
