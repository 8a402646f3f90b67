"""JSONata expressions of the wait-for-jobs state machine.

The machine's variables are `query`, `failOn`, `atLeast`, `follow`, `deadline` (epoch milliseconds), and for a
poll `counts` and `endedBadly` (of the pages read so far) and `token` (of the next page; empty after the last
one).
"""

from aws_cdk import aws_stepfunctions as sfn


def expression(jsonata: str) -> str:
    """Return a JSONata expression in the form that state machines use."""
    return f"{{% {' '.join(jsonata.split())} %}}"


def condition(jsonata: str) -> sfn.Condition:
    """Return a JSONata expression as a condition of a choice."""
    return sfn.Condition.jsonata(expression(jsonata))


# All keys of the input are known, with valid values. {inputs} are the inputs that the query may have,
# because the function would take any other name for another kind of caller, and {limit} is the longest
# timeoutSeconds. Conditional expressions, because `and` may evaluate both sides and fail on the second;
# $not(a = b), because JSONata's a != b is false for an absent value.
VALID_INPUT = """(
    $unknown := function($object, $known) {{
        $count($filter($keys($object), function($key) {{ $not($key in $known) }})) > 0
    }};
    $validStatuses := function($statuses) {{
        $count($filter($statuses, function($status) {{ $not($status in ["Failed", "Stopped"]) }})) = 0
    }};
    $validSeconds := function($seconds) {{
        $not($type($seconds) = "number") ? false : $seconds != $floor($seconds) ? false
        : $seconds < 1 ? false : $seconds <= {limit}
    }};
    $validAtLeast := function($number) {{
        $not($type($number) = "number") ? false : $number != $floor($number) ? false
        : $number < 0 ? false : $number <= {most}
    }};
    $given := $states.input;
    $not($type($given) = "object") ? false
    : $unknown($given, ["query", "failOn", "atLeast", "follow", "timeoutSeconds"]) ? false
    : $not($type($given.query) = "object") ? false
    : $unknown($given.query, {inputs}) ? false
    : $exists($given.failOn) and $not($type($given.failOn) = "array") ? false
    : $exists($given.failOn) and $not($validStatuses($given.failOn)) ? false
    : $exists($given.atLeast) and $not($validAtLeast($given.atLeast)) ? false
    : $exists($given.follow) and $not($type($given.follow) = "boolean") ? false
    : $exists($given.timeoutSeconds) ? $validSeconds($given.timeoutSeconds) : true
)"""
INVALID_INPUT_CAUSE = (
    'The input must be {{"query": {{...}}, "failOn": ["Failed", "Stopped"], "atLeast": 1, "follow": false, '
    '"timeoutSeconds": 3600}}: query is required and may have {inputs}; failOn may name Failed, Stopped, '
    "both or none; atLeast is a whole number from 0 to {most}; follow is true or false; timeoutSeconds is a "
    "whole number from 1 to {limit}."
)
# {default} is the timeout in seconds of an input without one.
DEADLINE = """
    $toMillis($states.context.Execution.StartTime)
    + 1000 * ($exists($states.input.timeoutSeconds) ? $states.input.timeoutSeconds : {default})
"""
FAIL_ON = "$exists($states.input.failOn) ? $states.input.failOn : []"
AT_LEAST = "$exists($states.input.atLeast) ? $states.input.atLeast : 0"
FOLLOW = "$exists($states.input.follow) ? $states.input.follow : false"
WAIT_REQUEST = """{
    "wait": {
        "query": $query, "failOn": $failOn, "atLeast": $atLeast, "follow": $follow,
        "taskToken": $states.context.Task.Token
    }
}"""
# At least 2, because the heartbeat must be shorter.
TIMEOUT_SECONDS = "$max([2, $ceil(($deadline - $millis()) / 1000)])"
# {heartbeat} is the longest time between two heartbeats of a watch that works.
HEARTBEAT_SECONDS = f"$min([{{heartbeat}}, {TIMEOUT_SECONDS} - 1])"
PAGE_QUERY = '$merge([$query, $token = "" ? {} : {"nextToken": $token}])'
CORRELATION_CONTEXT = '$base64encode($string({"custom": {"correlationId": $states.context.Execution.Id}}))'
ADDED_COUNTS = """(
    $page := $states.result.Payload.counts;
    $merge($append([{}], $map($keys($merge([$counts, $page])), function($status) {
        {$status: $sum([$lookup($counts, $status), $lookup($page, $status)])}
    })))
)"""
# As in the output of a wait, but without reasons, and at most 20.
ADDED_ENDED_BADLY = """(
    $jobs := $states.result.Payload.modelCustomizationJobSummaries;
    $bad := $filter($jobs, function($job) { $job.status in ["Failed", "Stopped"] });
    $described := $map($bad, function($job) {
        {"jobArn": $job.jobArn, "jobName": $job.jobName, "status": $job.status}
    });
    $all := $append($endedBadly, $described);
    $append([], $count($all) > 20 ? $filter($all, function($job, $index) { $index < 20 }) : $all)
)"""
NEXT_TOKEN = '$exists($states.result.Payload.nextToken) ? $states.result.Payload.nextToken : ""'  # noqa: S105 - an expression
# An expression, because validators of state machines refuse to assign an empty text.
NO_TOKEN = '""'  # noqa: S105 - as above
# Lambda's error payload is JSON text with the error's message and a stack trace; other causes are plain text.
ERROR_CAUSE = """(
    $cause := $states.errorOutput.Cause;
    $exists($cause) ? ($contains($cause, /^\\{.*"errorMessage".*\\}$/) ? $parse($cause).errorMessage : $cause)
    : "No cause is known."
)"""
ACTIVE_JOBS = "$sum([$counts.InProgress, $counts.Stopping])"
# Jobs with any status, read so far.
_ALL_JOBS = "$sum($append([0], $map($keys($counts), function($status) { $lookup($counts, $status) })))"
TIME_IS_LEFT = "$millis() < $deadline"
_TIME_IS_OVER = "$millis() >= $deadline"
TOO_FEW_JOBS = f'$token = "" and {_ALL_JOBS} < $atLeast'
NO_SUCH_JOBS = f"{TOO_FEW_JOBS} and {_TIME_IS_OVER}"
NO_SUCH_JOBS_CAUSE = f'"Jobs that match the query: " & {_ALL_JOBS} & "; atLeast is " & $atLeast & "."'
TIMED_OUT = f"{ACTIVE_JOBS} > 0 and {_TIME_IS_OVER}"
TIMED_OUT_CAUSE = f'"The wait timed out; at least " & {ACTIVE_JOBS} & " jobs are InProgress or Stopping."'
