"""A model of the deployed service: the metrics that its calls leave in CloudWatch, minute by minute.

What AWS's services emit follows their documentation; what the functions emit comes from the real code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.constructs.api import STAGE
from infra.constructs.wait_for_jobs import FUNCTION_FAILED
from tests.infra.conftest import Synthesis
from tests.infra.incidents.cloudwatch import Metrics, metric_id, resolve
from tests.infra.incidents.emissions import HEALTHY, Call, Fault, Outcome, invoke

# Minutes until a datapoint is visible. SQS documents up to 15 minutes for a queue that was not in use.
DELAY = 2
QUEUE_DELAY = 15
# Lambda retries an asynchronous invocation after one and after two further minutes.
_ASYNCHRONOUS_WAITS = (0, 1, 2)
# The waits of the state machine between its attempts are at most 2, 4, 8, ... 60 s.
_TASK_ATTEMPTS = (0, 0, 0, 0, 1, 1, 2)
_SERVER_ERROR, _BAD_REQUEST = 500, 400


@dataclass(frozen=True, slots=True)
class Crash:
    """The code does not run, or not to its end: out of memory, or an exception at its start."""


Condition = Fault | Crash


@dataclass
class Service:
    """The stack under a load.

    Attributes
    ----------
    end : int
        Minute at which the simulation ends.
    """

    stack: Synthesis
    end: int
    metrics: Metrics = field(default_factory=Metrics)

    def sweep(self, minute: int, condition: Condition = HEALTHY) -> None:
        """Deliver a tick."""
        self._invoke_asynchronously(minute, Call.SWEEP, condition)

    def state_change(self, minute: int, condition: Condition = HEALTHY) -> None:
        """Deliver one of Bedrock's events."""
        self._invoke_asynchronously(minute, Call.STATE_CHANGE, condition)

    def notify(self, minute: int, condition: Condition = HEALTHY, *, throttled: bool = False) -> None:
        """Deliver an event to the queue of the notification function, which invokes it again and again."""
        queue = self.stack.only("AWS::SQS::Queue", "NotificationsPublisher")
        mapping = self.stack.only("AWS::Lambda::EventSourceMapping")
        first = minute + mapping["MaximumBatchingWindowInSeconds"] // 60
        wait = queue["VisibilityTimeout"] // 60
        attempts = queue["RedrivePolicy"]["maxReceiveCount"]
        left = minute
        for left in range(first, first + attempts * wait, wait):
            if throttled:
                self.lambda_metric(Call.NOTIFICATIONS, left, "Throttles", 1)
            elif self.attempt(left, Call.NOTIFICATIONS, condition).raised is None:
                break
        else:
            left += wait
            self.dead_letter(left, "NotificationsDeadLetters")
        # After the third attempt, SQS no longer counts the message in the age of the oldest.
        self._age(minute, min(left, first + 2 * wait), "NotificationsPublisher")

    def request(self, minute: int, condition: Condition = HEALTHY, call: Call = Call.REQUEST) -> None:
        """Answer an HTTP request."""
        outcome = self.attempt(minute, call, condition)
        self.answer(minute, 502 if outcome.status is None else outcome.status)

    def answer(self, minute: int, status: int) -> None:
        """Count an answer of the API."""
        dimensions = {"ApiName": self.stack.only("AWS::ApiGateway::RestApi")["Name"], "Stage": STAGE}
        for name, value in (
            ("5XXError", status >= _SERVER_ERROR),
            ("4XXError", _BAD_REQUEST <= status < _SERVER_ERROR),
            ("Count", True),
        ):
            self.put("AWS/ApiGateway", name, dimensions, minute, float(value))

    def widget(self, minute: int, condition: Condition = HEALTHY) -> None:
        """Show the board."""
        self.attempt(minute, Call.WIDGET, condition)

    def wait(self, minute: int, condition: Condition = HEALTHY, call: Call = Call.WAIT) -> None:
        """Start an execution of the state machine, which fails if the function keeps failing."""
        task = self.stack.definition()["States"]["Wait until all jobs have ended"]
        for wait in _TASK_ATTEMPTS:
            raised = self.attempt(minute + wait, call, condition).raised
            if raised is None or not _matches(task["Retry"], raised):
                break
        if raised:
            self.fail_execution(minute + wait, with_result=_ends_with_result(task, raised))

    def fail_execution(self, minute: int, *, with_result: bool, metric: str = "ExecutionsFailed") -> None:
        """End an execution; with a result, in a Fail state, whose log line a metric filter counts."""
        machine = {"StateMachineArn": self.stack.logical_id("AWS::StepFunctions::StateMachine")}
        self.put("AWS/States", metric, machine, minute, 1)
        if with_result:
            self.log_state(minute, "WaitForJobsResults")

    def log_state(self, minute: int, metric_filter: str) -> None:
        """Log a state of an execution, which a metric filter counts."""
        (counted,) = self.stack.only("AWS::Logs::MetricFilter", metric_filter)["MetricTransformations"]
        self.put(counted["MetricNamespace"], counted["MetricName"], {}, minute, float(counted["MetricValue"]))

    def dead_letter(self, minute: int, owner: str) -> None:
        """Put a message into a dead-letter queue, where it stays."""
        for later in range(minute, self.end):
            self._put_of_queue("ApproximateNumberOfMessagesVisible", owner, minute, later, 1)
        self._age(minute, self.end, owner)

    def _age(self, minute: int, end: int, owner: str) -> None:
        for later in range(minute, end):
            self._put_of_queue("ApproximateAgeOfOldestMessage", owner, minute, later, 60 * (later - minute))

    def _put_of_queue(self, name: str, owner: str, arrived: int, minute: int, value: float) -> None:
        """Emit a metric of a queue that was empty before a message arrived."""
        queue = {"QueueName": f"{self.stack.logical_id('AWS::SQS::Queue', owner)}.QueueName"}
        delay = max(DELAY, arrived + QUEUE_DELAY - minute)
        self.metrics.put(metric_id("AWS/SQS", name, queue), minute, value, delay=delay)

    def rule(self, minute: int, name: str, rule: str, value: float = 1) -> None:
        """Emit a metric of a rule of EventBridge."""
        dimensions = {"RuleName": self.stack.logical_id("AWS::Events::Rule", rule)}
        if "EventBusName" in self.stack.only("AWS::Events::Rule", rule):
            dimensions["EventBusName"] = self.stack.logical_id("AWS::Events::EventBus")
        self.put("AWS/Events", name, dimensions, minute, value)

    def put(
        self, namespace: str, name: str, dimensions: Mapping[str, str], minute: int, value: float
    ) -> None:
        """Emit a value."""
        self.metrics.put(metric_id(namespace, name, dimensions), minute, value, delay=DELAY)

    def lambda_metric(self, call: Call, minute: int, name: str, value: float) -> None:
        """Emit a metric of Lambda, for the function, its alias and its version."""
        function, version = self._function(call)
        if call.is_notification:
            self.put("AWS/Lambda", name, {"FunctionName": function}, minute, value)
            return
        alias = {"FunctionName": function, "Resource": f"{function}:live"}
        for dimensions in ({"FunctionName": function}, alias, {**alias, "ExecutedVersion": version}):
            self.put("AWS/Lambda", name, dimensions, minute, value)

    def attempt(self, minute: int, call: Call, condition: Condition) -> Outcome:
        """Invoke a function once."""
        function, version = self._function(call)
        outcome = (
            Outcome(raised="Runtime.ExitError")
            if isinstance(condition, Crash)
            else invoke(call, condition, function=function, version=version)
        )
        end = minute + outcome.minutes
        self.lambda_metric(call, end, "Errors", float(outcome.raised is not None))
        self.lambda_metric(call, end, "Duration", 1000 + 60_000 * outcome.minutes)
        for metric, value in outcome.emitted:
            self.metrics.put(metric, end, value, delay=DELAY)
        return outcome

    def _invoke_asynchronously(self, minute: int, call: Call, condition: Condition) -> None:
        for wait in _ASYNCHRONOUS_WAITS:
            outcome = self.attempt(minute + wait, call, condition)
            if outcome.raised is None:
                return
            minute += wait + outcome.minutes
        self.dead_letter(minute, "Watch")

    def _function(self, call: Call) -> tuple[str, str]:
        """Return the names of the function and its version, as `resolve` writes them."""
        if call.is_notification:
            return resolve(self.stack.ref("AWS::Lambda::Function", "Notifications")), "$LATEST"
        prefix = "Watch" if call.is_watch else "Listing"
        version = self.stack.logical_id("AWS::Lambda::Version", prefix)
        return (
            resolve(self.stack.ref("AWS::Lambda::Function", prefix)),
            resolve({"Fn::GetAtt": [version, "Version"]}),
        )


def _ends_with_result(task: Mapping[str, Any], error: str) -> bool:
    """Return whether an error of the function leads to a Fail state that the metric filter counts."""
    catchers = [each for each in task.get("Catch", ()) if _matches([each], error)]
    return bool(catchers) and catchers[0]["Next"] != FUNCTION_FAILED


def _matches(handlers: Any, error: str) -> bool:
    """Return whether a retrier or a catcher of a state handles an error."""
    return any({error, "States.ALL"} & set(handler["ErrorEquals"]) for handler in handlers)
