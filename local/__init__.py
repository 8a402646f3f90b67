"""The service on this machine: an embedded Bedrock, a local API Gateway and Lambda, a run to show them."""
