"""Amazon Bedrock's model customization jobs for HTTP clients, schedules, workflows and dashboards."""

__version__ = "0.2.0"
