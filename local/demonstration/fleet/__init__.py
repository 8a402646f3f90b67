"""The demonstration of the fleet: its sweeps, its answers, and a source that goes dark and comes back."""
