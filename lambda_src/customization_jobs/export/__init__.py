"""The export: transitions and daily snapshots of all jobs as files that Athena reads."""
