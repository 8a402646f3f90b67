"""List Amazon Bedrock model customization jobs for API Gateway, EventBridge schedules and Step Functions."""
