"""The SQL of the export: views over the exported files, and saved queries, in Athena's dialect."""
