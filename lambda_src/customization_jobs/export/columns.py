"""The columns of the exported files, and where the files are. The stack's Glue tables are made of these."""

from collections.abc import Mapping

# Folders of the bucket: `kind=<kind>/date=<day in UTC>/<name>.jsonl.gz`.
TRANSITIONS, JOBS, SNAPSHOTS = "transitions", "jobs", "snapshots"

# Names and Athena's types. Times are ISO 8601 text in UTC. A value that is not known is null.
_OF_A_JOB: Mapping[str, str] = {
    "job_arn": "string",
    "job_name": "string",
    "account": "string",
    "region": "string",
    "status": "string",
    "customization_type": "string",
    "base_model_arn": "string",
    "base_model": "string",
    "custom_model_arn": "string",
    "custom_model_name": "string",
    "creation_time": "string",
    "last_modified_time": "string",
    "end_time": "string",
    "owner": "string",
    "tags": "map<string,string>",
    "failure_category": "string",
    "failure_message": "string",
    "failure_retry_helps": "boolean",
}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    # One row for each event of the bus, whose id identifies the transition.
    TRANSITIONS: {
        "id": "string",
        "sequence": "int",
        "transition": "string",
        "at": "string",
        "published_at": "string",
        "found_by": "string",
        "scope": "string",
        "details": "string",
        **_OF_A_JOB,
    },
    # One row for each job that the table has, once a day.
    JOBS: {
        "snapshot_at": "string",
        **_OF_A_JOB,
        "stuck": "array<string>",
        "transitions": "int",
    },
    # One row for each snapshot that is complete, written last. `unreadable` counts the records that have no
    # row in the snapshot.
    SNAPSHOTS: {
        "snapshot_at": "string",
        "jobs": "int",
        "unreadable": "int",
    },
}
