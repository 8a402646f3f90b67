"""Tools that operators run against a deployed stack."""
