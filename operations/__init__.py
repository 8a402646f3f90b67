"""What a person runs beside the service."""
