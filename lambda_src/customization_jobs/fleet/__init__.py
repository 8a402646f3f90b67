"""The fleet: the jobs of many accounts and regions, and which of these could not be listed."""
