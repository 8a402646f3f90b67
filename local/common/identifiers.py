"""The account, region and function name that all parts of the local run use."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
FUNCTION_NAME = "customization-jobs"
