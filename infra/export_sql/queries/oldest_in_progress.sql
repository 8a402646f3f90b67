-- Oldest jobs in progress
-- In the last snapshot, without those that ended since. The age is that at the snapshot.
SELECT
    job_name,
    owner,
    account,
    region,
    base_model,
    customization_type,
    status,
    creation_time,
    round(
        date_diff('second', from_iso8601_timestamp(creation_time), from_iso8601_timestamp(snapshot_at)) / 3600e0, 1
    ) AS age_hours,
    snapshot_at
FROM current_jobs
WHERE
    status NOT IN ('Completed', 'Failed', 'Stopped')
    AND NOT EXISTS (SELECT 1 FROM ended_jobs WHERE ended_jobs.job_key = current_jobs.job_key)
ORDER BY from_iso8601_timestamp(creation_time), job_name
LIMIT 50
