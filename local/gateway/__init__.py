"""A local API Gateway and Lambda endpoint in front of the real handler."""
