"""Events of the watch's bus, published as notifications: a batch of them from a queue, or one to replay."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from customization_jobs.aws.topic import TopicError
from customization_jobs.entrypoints.base import EntryPoint
from customization_jobs.errors import CustomizationJobsError, ValidationException
from customization_jobs.notify.job_event import JobEvent, MalformedEventError
from customization_jobs.notify.kinds import read_notifiable_event
from customization_jobs.notify.notification import Notification, compose, group
from customization_jobs.timeouts import Deadline, invocation_deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from customization_jobs.observability import Observability

# Events by id, each with the ids of the records that contain it.
_Events: TypeAlias = dict[str, tuple[JobEvent, list[str]]]


class NotificationError(CustomizationJobsError):
    """An invocation could publish no notification.

    It is not in the error contract: only Lambda's queue poller and the replay of dead letters receive it.
    """

    retry_helps = True


class NotificationTopic(Protocol):
    """The part of `aws.topic.Topic` that is used here."""

    def publish(
        self, message: str, attributes: Mapping[str, Sequence[str]], *, subject: str | None = None
    ) -> None:
        """Publish a message; raise TopicError if it is not known to be published."""


class NotificationsEntryPoint(EntryPoint):
    """Answers the events of the watch's bus.

    Parameters
    ----------
    mail, chat : NotificationTopic
        The topic of texts for people, and that of Amazon Q Developer in chat applications, if there is one.
    digest_above : int
        More events of one kind than this in a batch share one notification.
    call_seconds : float
        Longest duration of one call to SNS.
    """

    def __init__(
        self,
        mail: NotificationTopic,
        chat: NotificationTopic | None,
        observability: "Observability",
        *,
        digest_above: int,
        call_seconds: float,
    ) -> None:
        self._mail = mail
        self._chat = chat
        self._observability = observability
        self._digest_above = digest_above
        self._call_seconds = call_seconds

    def answer(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Publish the notifications of a queue's records, or of one event.

        Delivery: at least once. A record is repeated until each of its topics has accepted the notification,
        so while one topic refuses, the other receives it again. Events of one batch with the same id are
        published once.

        Returns
        -------
        dict
            For records: `batchItemFailures`, the records that SQS delivers again and finally moves to the
            dead-letter queue, including malformed ones. For one event: `published`, its id.

        Raises
        ------
        NotificationError
            Nothing could be published.
        ValidationException
            The single event is malformed.
        """
        deadline = invocation_deadline(context, self._call_seconds)
        if "Records" not in event:
            return self._answer_event(event, deadline)
        events, failed = self._read(event["Records"])
        unpublished = self._publish([job_event for job_event, _ in events.values()], deadline)
        if events and len(unpublished) == len(events):
            raise NotificationError(
                f"No notification could be published: {next(iter(unpublished.values()))}."
            )
        failed += [record_id for event_id in unpublished for record_id in events[event_id][1]]
        return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in failed]}

    def _answer_event(self, event: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        try:
            job_event = read_notifiable_event(event)
        except MalformedEventError as error:
            raise ValidationException(f"The event cannot become a notification: {error}.") from error
        if reasons := self._publish([job_event], deadline):
            raise NotificationError(f"The notification could not be published: {reasons[job_event.id]}.")
        return {"published": job_event.id}

    def _read(self, records: Sequence[Mapping[str, Any]]) -> tuple[_Events, list[str]]:
        """Return the events by id, each with the ids of its records; and the ids of malformed records."""
        events: _Events = {}
        malformed: list[str] = []
        for record in records:
            record_id = record["messageId"]
            try:
                job_event = read_notifiable_event(_json(record.get("body")))
            except MalformedEventError as error:
                self._observability.logger.warning(
                    "Notification refused", error=type(error).__name__, reason=str(error), record=record_id
                )
                malformed.append(record_id)
            else:
                events.setdefault(job_event.id, (job_event, []))[1].append(record_id)
        return events, malformed

    def _publish(self, events: Sequence[JobEvent], deadline: Deadline) -> dict[str, str]:
        """Publish events; return the reason for each, by id, that is not known to be published."""
        unpublished: dict[str, str] = {}
        for alike in group(events, digest_above=self._digest_above):
            kind, ids = alike[0].kind, [event.id for event in alike]
            problem = self._attempt(alike, deadline)
            if problem:
                unpublished |= dict.fromkeys(ids, problem)
                self._observability.logger.warning(
                    "Notification failed", reason=problem, kind=kind, transition_ids=ids
                )
            else:
                self._observability.logger.info("Notification published", kind=kind, transition_ids=ids)
        return unpublished

    def _attempt(self, events: Sequence[JobEvent], deadline: Deadline) -> str:
        """Publish one notification to each topic; return the problem, or nothing."""
        try:
            notification = compose(events)
        except Exception as error:
            # One failure must not hold up the other notifications.
            self._observability.logger.exception("Notification could not be composed")
            return repr(error)
        problems = [self._send(self._mail, notification.mail, notification, deadline, notification.subject)]
        if self._chat:
            problems.append(self._send(self._chat, notification.chat, notification, deadline))
        return "; ".join(filter(None, problems))

    def _send(
        self,
        topic: NotificationTopic,
        message: str,
        notification: Notification,
        deadline: Deadline,
        subject: str | None = None,
    ) -> str:
        if deadline.has_passed():
            return "no time was left"
        try:
            topic.publish(message, notification.attributes, subject=subject)
        except TopicError as error:
            return str(error)
        return ""


def _json(body: Any) -> Any:
    try:
        return json.loads(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedEventError("the record's body is not JSON") from error
