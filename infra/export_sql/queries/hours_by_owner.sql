-- Time from creation to end by owner
-- Of all jobs that ended, in hours. Owners are known with the setting jobTags.
SELECT
    coalesce(owner, 'unknown') AS owner,
    count(*) AS jobs,
    count_if(status = 'Completed') AS completed,
    count_if(status = 'Failed') AS failed,
    count_if(status = 'Stopped') AS stopped,
    round(approx_percentile(hours, 0.5), 2) AS median_hours,
    round(max(hours), 2) AS longest_hours,
    round(sum(hours), 2) AS total_hours
FROM (
    SELECT
        owner,
        status,
        date_diff('second', from_iso8601_timestamp(creation_time), from_iso8601_timestamp(ended_at)) / 3600e0
            AS hours
    FROM ended_jobs
)
GROUP BY 1
ORDER BY total_hours DESC, 1
