"""List prices of us-east-1 in USD, without free tiers."""

GB_SECOND = 0.0000133334  # Lambda, arm64
MILLION_REQUESTS = 0.20
MILLION_READ_UNITS = 0.125  # DynamoDB, on demand
MILLION_WRITE_UNITS = 0.625
MILLION_EVENTS = 1.00  # EventBridge, custom events
LOG_GB = 0.50
