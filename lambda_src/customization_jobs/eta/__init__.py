"""When running jobs are expected to end, judged by how long similar jobs took."""
