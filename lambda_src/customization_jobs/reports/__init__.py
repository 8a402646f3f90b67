"""Reports on jobs: the sweep's metrics, the overview, the timeline of a job, and the board."""
