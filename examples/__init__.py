"""Small programs, workflows and configurations that use the service. README.md lists them."""
