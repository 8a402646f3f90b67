"""When running jobs are expected to end, estimated from how long similar jobs took."""
