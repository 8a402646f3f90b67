"""The CDK stack: what the service is made of in an AWS account."""
