-- Each job that ended, once, also those that are no longer in the table: from whichever is newer, the last
-- snapshot or the transition of its end.
SELECT {columns}
FROM (
    SELECT
        *,
        coalesce(end_time, last_modified_time) AS ended_at,
        row_number() OVER (PARTITION BY job_key ORDER BY known_at DESC, sequence DESC) AS place
    FROM (
        SELECT {job_columns}, job_key, from_iso8601_timestamp(snapshot_at) AS known_at, 0 AS sequence
        FROM current_jobs
        WHERE status IN ('Completed', 'Failed', 'Stopped')
        UNION ALL
        SELECT {job_columns}, job_key, from_iso8601_timestamp(published_at) AS known_at, sequence
        FROM transitions
        WHERE transition IN ('Completed', 'Failed', 'Stopped', 'FailureExplained')
    )
)
WHERE place = 1
