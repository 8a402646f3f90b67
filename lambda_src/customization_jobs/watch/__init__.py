"""The watch: what happens to each job is told once, found by Bedrock's events and by the sweep together."""
