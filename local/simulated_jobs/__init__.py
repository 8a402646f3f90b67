"""Model customization jobs that look and move like those of a real account."""
