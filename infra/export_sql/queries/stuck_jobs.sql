-- Stuck jobs
-- In the last snapshot, without those that ended since: the job as a whole or the phases that are stuck.
SELECT
    job_name,
    owner,
    account,
    region,
    base_model,
    status,
    array_join(stuck, ', ') AS stuck,
    creation_time,
    round(
        date_diff('second', from_iso8601_timestamp(creation_time), from_iso8601_timestamp(snapshot_at)) / 3600e0, 1
    ) AS age_hours,
    snapshot_at
FROM current_jobs
WHERE
    cardinality(stuck) > 0
    AND NOT EXISTS (SELECT 1 FROM ended_jobs WHERE ended_jobs.job_key = current_jobs.job_key)
ORDER BY from_iso8601_timestamp(creation_time), job_name
