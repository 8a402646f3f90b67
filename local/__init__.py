"""The service on one machine: an embedded AWS, a local API Gateway and Lambda, and a demonstration."""
