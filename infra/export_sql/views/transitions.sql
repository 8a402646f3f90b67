-- Each transition once: files are written at least once, and events are delivered at least once.
SELECT {columns}
FROM (
    SELECT
        *,
        -- The ARN without the model's part, which Bedrock's events may leave out.
        regexp_replace(job_arn, '/.*/', '/') AS job_key,
        row_number() OVER (PARTITION BY id ORDER BY published_at) AS copy
    FROM raw_transitions
)
WHERE copy = 1
