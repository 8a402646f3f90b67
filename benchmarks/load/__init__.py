"""What callers and the sweep experience when requests come faster than Bedrock's quota allows."""
