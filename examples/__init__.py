"""Workflows of one's own that wait for model customization jobs, as small CDK stacks."""
