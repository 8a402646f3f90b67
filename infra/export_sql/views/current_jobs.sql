-- Each job once: as in the last complete snapshot.
SELECT {columns}
FROM job_snapshots
WHERE "date" = (SELECT max("date") FROM raw_snapshots)
