"""The table at arm's length: one item a job, and no write without the version that was read."""

import json
import random
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from customization_jobs.errors import WatchUnavailableException
from customization_jobs.summaries import TERMINAL
from customization_jobs.watch.observation import moment
from customization_jobs.watch.record import JobRecord

if TYPE_CHECKING:
    from botocore.client import BaseClient

KEY = "jobArn"
# No ARN begins with it.
BASELINE = "#baseline"
# BatchGetItem's own limit.
MOST_KEYS = 100
_MOST_ROUNDS = 5
_LONGEST_WAIT_SECONDS = 2.0


class Conflict(Exception):  # noqa: N818 - no error: someone else was faster, and that happens every day
    """The record is not the one that was read any more."""


class JobStore:
    """The DynamoDB table of the watch.

    Parameters
    ----------
    client : botocore.client.BaseClient
        A `dynamodb` client, as `bedrock.make_client` makes it.
    table : str
        Its name or ARN.
    retention : timedelta
        How long after its end a job is kept. Only who writes needs it.
    now, sleep : callable
        The clock.
    """

    def __init__(
        self,
        client: "BaseClient",
        table: str,
        *,
        retention: timedelta = timedelta(days=400),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client: Any = client
        self._table = table
        self._retention = retention
        self._now = now
        self._sleep = sleep

    def get(self, job_arn: str) -> JobRecord | None:
        """Read one job as it is now; None if nothing is known of it.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        item = self._call("get_item", Key={KEY: {"S": job_arn}}, ConsistentRead=True).get("Item")
        return _record(item) if item else None

    def get_many(self, job_arns: Iterable[str]) -> dict[str, JobRecord]:
        """Read many jobs, at most 100 a call; those of which nothing is known are left out.

        A record may be some seconds old, at half the price: whoever writes over it meets a `Conflict`.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, refused, or left keys unread again and again.
        """
        found: dict[str, JobRecord] = {}
        # One call must not name a key twice.
        left = list(dict.fromkeys(job_arns))
        rounds = 0
        while left:
            asked, left = left[:MOST_KEYS], left[MOST_KEYS:]
            keys = {"Keys": [{KEY: {"S": arn}} for arn in asked]}
            answer = self._call("batch_get_item", RequestItems={self._table: keys})
            # The answer names a table as the request does, its name or its ARN; there is but one.
            found |= {
                item[KEY]["S"]: _record(item) for items in answer["Responses"].values() for item in items
            }
            unread = [
                key[KEY]["S"] for each in answer.get("UnprocessedKeys", {}).values() for key in each["Keys"]
            ]
            left += unread
            rounds = rounds + 1 if len(unread) == len(asked) else 0
            if rounds == _MOST_ROUNDS:
                raise WatchUnavailableException("The table is too busy to be read. Try again later.")
            if unread:
                self._sleep(random.uniform(0, min(0.1 * 2.0**rounds, _LONGEST_WAIT_SECONDS)))  # noqa: S311 - no secret
        return found

    def put(self, record: JobRecord) -> JobRecord:
        """Write a job over the version that was read, `record.version`, and return it with its new one.

        Raises
        ------
        Conflict
            Someone else has written it meanwhile, or this write itself did and its answer was lost.
        WatchUnavailableException
            The table did not answer, or refused; the write may have happened all the same.
        """
        item = {
            KEY: {"S": record.job.arn},
            "version": {"N": str(record.version + 1)},
            # For a person who looks into the table.
            "jobName": {"S": record.job.name},
            "jobStatus": {"S": record.job.status},
            "record": {"S": json.dumps(record.to_json(), separators=(",", ":"))},
        }
        # What is pending must not be forgotten before it is told.
        if record.job.status in TERMINAL and not record.pending:
            ended = moment(record.job.changed) or self._now()
            item["expiresAt"] = {"N": str(int((ended + self._retention).timestamp()))}
        read = {":read": {"N": str(record.version)}}
        guard: dict[str, Any] = (
            {"ConditionExpression": "version = :read", "ExpressionAttributeValues": read}
            if record.version
            else {"ConditionExpression": f"attribute_not_exists({KEY})"}
        )
        self._call("put_item", Item=item, **guard)
        return JobRecord(record.job, record.version + 1, record.timeline, record.pending, record.claim)

    def begin(self) -> datetime:
        """Tell since when jobs are watched: since the first call of this, by anybody.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        key = {KEY: {"S": BASELINE}}
        item = self._call("get_item", Key=key, ConsistentRead=True).get("Item")
        if not item:
            start = {"start": {"S": self._now().isoformat()}}
            try:
                self._call("put_item", Item=key | start, ConditionExpression=f"attribute_not_exists({KEY})")
            except Conflict:
                return self.begin()
            item = start
        return datetime.fromisoformat(item["start"]["S"])

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        if operation != "batch_get_item":
            parameters["TableName"] = self._table
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**parameters)
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            if code == "ConditionalCheckFailedException":
                raise Conflict from error
            raise WatchUnavailableException(f"The table answered {code}. Try again later.") from error
        except BotoCoreError as error:
            raise WatchUnavailableException("The table did not answer. Try again later.") from error
        return answer


def _record(item: Mapping[str, Any]) -> JobRecord:
    return JobRecord.from_json(json.loads(item["record"]["S"]), int(item["version"]["N"]))
