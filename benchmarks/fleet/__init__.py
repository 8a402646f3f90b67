"""`python -m benchmarks.fleet`: a fleet of many sources, simulated on one machine with virtual latencies."""
