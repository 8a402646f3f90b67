-- Each job once for each day: as in the last complete snapshot of that day.
SELECT {columns}
FROM (
    SELECT
        keyed.*,
        -- By date, so that Athena reads no further dates than a query selects.
        row_number() OVER (
            PARTITION BY keyed."date", keyed.job_key
            ORDER BY keyed.transitions DESC, keyed.last_modified_time DESC
        ) AS copy
    FROM (
        SELECT *, regexp_replace(job_arn, '/.*/', '/') AS job_key
        FROM raw_jobs
    ) AS keyed
    INNER JOIN (
        SELECT "date", max(snapshot_at) AS snapshot_at
        FROM raw_snapshots
        GROUP BY "date"
    ) AS complete
        ON keyed."date" = complete."date" AND keyed.snapshot_at = complete.snapshot_at
)
WHERE copy = 1
