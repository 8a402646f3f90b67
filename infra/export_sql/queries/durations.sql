-- Durations by customization type
-- Of completed jobs, from creation to end, in hours. The percentiles are approximate.
SELECT
    coalesce(customization_type, 'unknown') AS customization_type,
    count(*) AS completed,
    round(approx_percentile(hours, 0.5), 2) AS median_hours,
    round(approx_percentile(hours, 0.9), 2) AS p90_hours,
    round(approx_percentile(hours, 0.99), 2) AS p99_hours,
    round(max(hours), 2) AS longest_hours
FROM (
    SELECT
        customization_type,
        date_diff('second', from_iso8601_timestamp(creation_time), from_iso8601_timestamp(ended_at)) / 3600e0
            AS hours
    FROM ended_jobs
    WHERE status = 'Completed'
)
WHERE hours IS NOT NULL
GROUP BY 1
ORDER BY 1
