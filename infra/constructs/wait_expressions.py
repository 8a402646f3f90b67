"""JSONata expressions of the wait-for-jobs state machine.

The machine's variables are `query`, `failOn`, `deadline` (epoch milliseconds), `pollSeconds`, and for the
current poll `counts` (of the pages read so far) and `token` (of the next page; empty after the last one).
"""

from aws_cdk import aws_stepfunctions as sfn


def expression(jsonata: str) -> str:
    """Return a JSONata expression in the form that state machines use."""
    return f"{{% {' '.join(jsonata.split())} %}}"


def condition(jsonata: str) -> sfn.Condition:
    """Return a JSONata expression as a condition of a choice."""
    return sfn.Condition.jsonata(expression(jsonata))


# The keys that exist are known, and each has a valid value. {inputs} are the inputs that the query may have,
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
    $given := $states.input;
    $not($type($given) = "object") ? false
    : $unknown($given, ["query", "failOn", "timeoutSeconds"]) ? false
    : $not($type($given.query) = "object") ? false
    : $unknown($given.query, {inputs}) ? false
    : $exists($given.failOn) and $not($type($given.failOn) = "array") ? false
    : $exists($given.failOn) and $not($validStatuses($given.failOn)) ? false
    : $exists($given.timeoutSeconds) ? $validSeconds($given.timeoutSeconds) : true
)"""
INVALID_INPUT_CAUSE = (
    'The input must be {{"query": {{...}}, "failOn": ["Failed", "Stopped"], "timeoutSeconds": 3600}}: query '
    "is required and may have {inputs}; failOn may name Failed, Stopped, both or none; timeoutSeconds is a "
    "whole number from 1 to {limit}."
)
# {default} is the timeout in seconds of an input without one.
DEADLINE = """
    $toMillis($states.context.Execution.StartTime)
    + 1000 * ($exists($states.input.timeoutSeconds) ? $states.input.timeoutSeconds : {default})
"""
FAIL_ON = "$exists($states.input.failOn) ? $states.input.failOn : []"
PAGE_QUERY = '$merge([$query, $token = "" ? {} : {"nextToken": $token}])'
CORRELATION_CONTEXT = '$base64encode($string({"custom": {"correlationId": $states.context.Execution.Id}}))'
ADDED_COUNTS = """(
    $page := $states.result.Payload.counts;
    $merge($append([{}], $map($keys($merge([$counts, $page])), function($status) {
        {$status: $sum([$lookup($counts, $status), $lookup($page, $status)])}
    })))
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
# Not beyond the deadline, at which the last poll takes place.
WAIT_SECONDS = "$max([1, $min([$pollSeconds, $ceil(($deadline - $millis()) / 1000)])])"
# {longest} is the longest time between two polls.
NEXT_POLL_SECONDS = "$min([2 * $pollSeconds, {longest}])"
TIMED_OUT = f"{ACTIVE_JOBS} > 0 and $millis() >= $deadline"
TIMED_OUT_CAUSE = f'"The wait timed out; at least " & {ACTIVE_JOBS} & " jobs are InProgress or Stopping."'
