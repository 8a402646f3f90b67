"""List Amazon Bedrock model customization jobs for API Gateway, EventBridge schedules and Step Functions."""

__version__ = "0.2.0"
