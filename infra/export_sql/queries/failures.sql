-- Failures by category
-- With the most recent failure of each, and whether a retry helps.
SELECT
    coalesce(failure_category, 'unknown') AS category,
    failure_retry_helps AS retry_helps,
    count(*) AS failures,
    round(100e0 * count(*) / sum(count(*)) OVER (), 1) AS percent,
    max(ended_at) AS last_failure,
    max_by(job_name, ended_at) AS last_job,
    max_by(failure_message, ended_at) AS last_message
FROM ended_jobs
WHERE status = 'Failed'
GROUP BY 1, 2
ORDER BY failures DESC, category
