"""The incidents: what breaks, and the alarms that report it.

Load: ticks every 15 minutes, started up to five minutes late, one HTTP request every five minutes, one
execution that starts to wait every ten. An incident starts at minute 0.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.infra.conftest import Synthesis
from tests.infra.incidents.emissions import (
    BUG,
    BUS_DOWN,
    DENIED,
    HEALTHY,
    OUT_OF_TIME,
    TABLE_DOWN,
    THROTTLED,
    TOPIC_DOWN,
    Call,
)
from tests.infra.incidents.service import Condition, Crash, Service

# History before the incident, and time after it, in minutes.
START, END = -150, 120
# Starts of an incident relative to the ticks, whose gaps are 20 and 10 minutes in turn, and to the requests.
# 9 and 29 start it just after both: the longest waits for the next one, and for the window of SweepMissing.
PHASES = (0, 5, 9, 10, 15, 20, 25, 29)
CRASH = Crash()
_HOUR = 60

Effect = Callable[[Service, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that breaks.

    Attributes
    ----------
    what : str
        Description, for the table in docs/operations.md.
    effect : callable
        Adds the metrics of the whole simulation to a service; the number is the phase.
    alarm : str or None
        The alarm that must report it.
    within : int
        Minutes after which it must have been raised.
    rolls_back : bool
        Whether it is a release, which the alarm rolls back.
    decision : str or None
        If there is no alarm, the decision in docs/decisions.md that says why.
    """

    what: str
    effect: Effect
    alarm: str | None = None
    within: int = 30
    rolls_back: bool = False
    decision: str | None = None

    def service(self, stack: Synthesis, phase: int) -> Service:
        """Return the service with the metrics of the incident."""
        service = Service(stack, END)
        self.effect(service, phase)
        return service


def load(
    *, watch: Condition = HEALTHY, listing: Condition = HEALTHY, until: int = END, ticks: bool = True
) -> Effect:
    """Return the normal load, under conditions of the functions that last from minute 0 to `until`."""

    def apply(service: Service, phase: int) -> None:
        def condition(minute: int, broken: Condition) -> Condition:
            return broken if 0 <= minute < until else HEALTHY

        for number, tick in enumerate(range(START // 15 * 15, END, 15)):
            minute = tick + 5 * (number % 2) + phase
            if START <= minute < END and (ticks or minute < 0):
                service.sweep(minute, condition(minute, watch))
        for minute in range(START + phase % 5, END, 5):
            service.request(minute, condition(minute, listing))
        for minute in range(START + phase % 10, END, 10):
            service.wait(minute, condition(minute, watch))

    return apply


def during(effect: Effect, *minutes: int) -> Effect:
    """Return the normal load, with an effect at some minutes."""

    def apply(service: Service, phase: int) -> None:
        load()(service, phase)
        for minute in minutes:
            effect(service, minute)

    return apply


def repeated(effect: Effect) -> Effect:
    """Return the normal load, with an effect every five minutes from the incident on."""

    def apply(service: Service, phase: int) -> None:
        load()(service, phase)
        for minute in range(phase % 5, END, 5):
            effect(service, minute)

    return apply


def _queue_down(service: Service, minute: int) -> None:
    # EventBridge retries for a day, with growing waits.
    for wait in (0, 1, 3, 7, 15):
        service.rule(minute + wait, "RetryInvocationAttempts", "Notifications")


def _rule_denied(service: Service, minute: int) -> None:
    service.rule(minute, "FailedInvocations", "Notifications")
    service.dead_letter(minute, "NotificationsDeadLetters")


def _one_event_fails(service: Service, minute: int) -> None:
    # Other records of the batch succeed, so the function reports this one to SQS and raises nothing.
    attempts = 5
    for number in range(attempts):
        service.notify(minute + 7 * number)
    service.dead_letter(minute + 7 * attempts, "NotificationsDeadLetters")


def _table_throttles(service: Service, minute: int) -> None:
    table = {"TableName": service.stack.logical_id("AWS::DynamoDB::Table")}
    service.put("AWS/DynamoDB", "WriteThrottleEvents", table, minute, 1)


def _notification_failed(service: Service, minute: int) -> None:
    topic = {"TopicName": f"{service.stack.logical_id('AWS::SNS::Topic', 'NotificationsTopic')}.TopicName"}
    service.put("AWS/SNS", "NumberOfNotificationsFailed", topic, minute, 1)


def _api_without_function(service: Service, minute: int) -> None:
    service.answer(minute, 500)


INCIDENTS = (
    Incident(
        what="Bedrock throttles for an hour: the sweep",
        effect=load(watch=THROTTLED, listing=THROTTLED, until=_HOUR),
        alarm="WatchBedrockErrors",
    ),
    Incident(
        what="Bedrock throttles for an hour: the API and workflows",
        effect=load(watch=THROTTLED, listing=THROTTLED, until=_HOUR),
        alarm="FunctionBedrockErrors",
        within=15,
    ),
    Incident(
        what="a policy of the organization denies Bedrock: the sweep",
        effect=load(watch=DENIED, listing=DENIED),
        alarm="WatchBedrockErrors",
    ),
    Incident(
        what="a policy of the organization denies Bedrock: the API and workflows",
        effect=load(watch=DENIED, listing=DENIED),
        alarm="FunctionBedrockErrors",
        within=15,
    ),
    Incident(
        what="the schedule is disabled",
        effect=load(ticks=False),
        alarm="SweepMissing",
        within=65,
    ),
    Incident(
        what="Bedrock's events stop",
        effect=load(),
        decision="Missed events have no alarm.",
    ),
    Incident(what="the table is down", effect=load(watch=TABLE_DOWN), alarm="WatchErrors"),
    Incident(
        what="the table is down: timelines",
        effect=repeated(lambda service, minute: service.request(minute, TABLE_DOWN, Call.TIMELINE_REQUEST)),
        alarm="ApiServerErrors",
        within=15,
    ),
    Incident(
        what="the table throttles", effect=during(_table_throttles, 1, 2), alarm="TableThrottles", within=5
    ),
    Incident(what="the bus is down", effect=load(watch=BUS_DOWN), alarm="WatchErrors"),
    Incident(
        what="the notification topic is down, or refuses",
        effect=during(lambda service, minute: service.notify(minute, TOPIC_DOWN), 0),
        alarm="NotificationErrors",
        within=15,
    ),
    Incident(
        what="a release of the notification function fails, or does not start",
        effect=during(lambda service, minute: service.notify(minute, CRASH), 0),
        alarm="NotificationErrors",
        within=15,
    ),
    Incident(
        what="no concurrency is left for the notification function",
        effect=during(lambda service, minute: service.notify(minute, throttled=True), 0),
        alarm="NotificationsLate",
        within=20,
    ),
    Incident(
        what="one event cannot become a notification, or one topic of two refuses",
        effect=during(_one_event_fails, 0),
        alarm="NotificationDeadLetters",
        within=60,
    ),
    Incident(
        what="the notification queue is down",
        effect=during(_queue_down, 0),
        alarm="DeliveryRetries",
        within=5,
    ),
    Incident(
        what="the rule may not send to the notification queue",
        effect=during(_rule_denied, 0),
        alarm="DeliveriesFailed",
        within=5,
    ),
    Incident(
        what="a subscriber does not accept notifications",
        effect=during(_notification_failed, 0),
        alarm="NotificationsFailed",
        within=5,
    ),
    Incident(
        what="the watch function runs out of memory, or fails to start",
        effect=load(watch=CRASH),
        alarm="WatchErrors",
    ),
    Incident(
        what="the listing function runs out of memory, or fails to start",
        effect=load(listing=CRASH),
        alarm="FunctionErrors",
        within=15,
    ),
    Incident(
        what="the board alone fails",
        effect=repeated(lambda service, minute: service.widget(minute, BUG)),
        alarm="FunctionErrors",
        within=15,
    ),
    Incident(
        what="no concurrency is left for the watch function",
        effect=during(
            lambda service, minute: service.lambda_metric(Call.SWEEP, minute, "Throttles", 1), 1, 2, 4
        ),
        alarm="WatchThrottles",
        within=5,
    ),
    Incident(
        what="a sweep takes longer than its function may run",
        effect=load(watch=OUT_OF_TIME),
        alarm="SweepIncomplete",
    ),
    Incident(
        what="a release of the listing function fails",
        effect=load(listing=BUG),
        alarm="FunctionRollback",
        within=10,
        rolls_back=True,
    ),
    Incident(
        what="a release of the listing function does not start",
        effect=load(listing=CRASH),
        alarm="FunctionRollback",
        within=10,
        rolls_back=True,
    ),
    Incident(
        what="a release of the watch function fails",
        effect=load(watch=BUG),
        alarm="WatchRollback",
        rolls_back=True,
    ),
    Incident(
        what="a release takes the listing function's permission to list",
        effect=load(listing=DENIED),
        alarm="FunctionBedrockRollback",
        within=10,
        rolls_back=True,
    ),
    Incident(
        what="a release takes the watch function's permission to list",
        effect=load(watch=DENIED),
        alarm="WatchBedrockRollback",
        rolls_back=True,
    ),
    Incident(
        what="a release takes the watch function's permission to write the table",
        effect=load(watch=TABLE_DOWN),
        alarm="WatchRollback",
        rolls_back=True,
    ),
    Incident(
        what="API Gateway cannot invoke the function",
        effect=repeated(_api_without_function),
        alarm="ApiServerErrors",
        within=15,
    ),
    Incident(
        what="the state machine fails twice, for a reason that is not a result",
        effect=during(lambda service, minute: service.fail_execution(minute, with_result=False), 0, 5),
        alarm="WaitFailures",
        within=15,
    ),
    Incident(
        what="an execution receives no heartbeat",
        effect=during(lambda service, minute: service.log_state(minute, "WaitForJobsFallbacks"), 0),
        alarm="WaitFallback",
        within=10,
    ),
    Incident(
        what="an execution does not end by its deadline",
        effect=during(
            lambda service, minute: service.fail_execution(
                minute, with_result=False, metric="ExecutionsTimedOut"
            ),
            0,
        ),
        alarm="WaitTimeouts",
        within=5,
    ),
    Incident(
        what="Bedrock's events cannot be delivered to the watch function",
        effect=during(lambda service, minute: service.dead_letter(minute, "StateChanges"), 0),
        alarm="EventDeadLetters",
    ),
    Incident(
        what="the subscription of an e-mail address was not confirmed",
        effect=load(),
        decision="An unconfirmed e-mail subscription has no alarm.",
    ),
)
