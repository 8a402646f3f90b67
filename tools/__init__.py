"""Programs that renew generated files of the repository."""
