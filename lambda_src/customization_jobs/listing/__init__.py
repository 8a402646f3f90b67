"""From a query to jobs: validated inputs, pages, and scans that can resume."""
