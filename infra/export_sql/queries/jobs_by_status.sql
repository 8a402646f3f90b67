-- Jobs by status on each day
-- In the last complete snapshot of each day. A day without a row has no complete snapshot.
SELECT
    "date",
    count(*) AS jobs,
    count_if(status = 'InProgress') AS in_progress,
    count_if(status = 'Stopping') AS stopping,
    count_if(status = 'Completed') AS completed,
    count_if(status = 'Failed') AS failed,
    count_if(status = 'Stopped') AS stopped,
    count_if(cardinality(stuck) > 0) AS stuck
FROM job_snapshots
GROUP BY 1
ORDER BY 1 DESC
