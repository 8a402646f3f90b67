"""AWS as this service calls it. Nothing here knows what a job means."""
