-- Transitions that Bedrock's events missed, by week
-- Of the kinds that Bedrock publishes as well, those that a sweep was first to find.
SELECT
    CAST(date_trunc('week', from_iso8601_timestamp(at)) AS date) AS week,
    transition,
    count(*) AS transitions,
    count_if(found_by = 'sweep') AS missed,
    round(100e0 * count_if(found_by = 'sweep') / count(*), 1) AS missed_percent
FROM transitions
WHERE transition IN ('Stopping', 'Completed', 'Failed', 'Stopped')
GROUP BY 1, 2
ORDER BY 1 DESC, 2
