"""What can be read from jobs: the sweep's metrics, the overview, a job's timeline, the board."""
