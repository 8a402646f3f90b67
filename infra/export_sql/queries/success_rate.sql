-- Success rate by base model by week
-- Of the jobs that completed or failed in a week, which begins on Monday, in UTC. Stopped jobs are counted, and
-- do not change the rate.
SELECT
    CAST(date_trunc('week', from_iso8601_timestamp(ended_at)) AS date) AS week,
    coalesce(base_model, 'unknown') AS base_model,
    count_if(status = 'Completed') AS completed,
    count_if(status = 'Failed') AS failed,
    count_if(status = 'Stopped') AS stopped,
    round(100e0 * count_if(status = 'Completed') / nullif(count_if(status IN ('Completed', 'Failed')), 0), 1)
        AS success_percent
FROM ended_jobs
GROUP BY 1, 2
ORDER BY 1 DESC, 2
