"""The table's index of jobs in the order of their positions."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from customization_jobs.aws.table import VersionedTable
from customization_jobs.aws.table_schema import JOB_INDEX, JOB_NAME, JOB_STATUS, KEY, LISTED, POSITION


class IndexedJob(NamedTuple):
    """A job as it stands in the index, which may be older than the job's document."""

    position: str
    key: str
    name: str
    status: str


class IndexRange(NamedTuple):
    """Positions, both bounds included, and in which direction they are read."""

    lowest: str
    highest: str
    ascending: bool


class IndexFilter(NamedTuple):
    """Which jobs are returned; None for any.

    DynamoDB examines all jobs of the range nevertheless, and charges for them.
    """

    name_contains: str | None = None
    status: str | None = None


class IndexPage(NamedTuple):
    """Some jobs of a range.

    Attributes
    ----------
    jobs : tuple of IndexedJob
        In the range's direction; may be empty although more follow.
    examined_to : str or None
        The position of the last job that was examined; None if the range has no further jobs.
    """

    jobs: tuple[IndexedJob, ...]
    examined_to: str | None


class JobIndex:
    """Reads the index `Jobs`."""

    def __init__(self, table: VersionedTable) -> None:
        self._table = table

    def read(self, shard: str, positions: IndexRange, only: IndexFilter, *, limit: int) -> IndexPage:
        """Examine the first jobs of a range, with eventual consistency.

        A job of 300 bytes costs 1/27 of a read unit, whether or not it passes the filter. One call examines
        at most 1 MB.

        Parameters
        ----------
        positions : IndexRange
            `lowest` must not be above `highest`.
        limit : int
            How many jobs are examined at most.

        Raises
        ------
        WatchUnavailableException
            The table did not answer, or refused.
        """
        values = {":shard": shard, ":lowest": positions.lowest, ":highest": positions.highest}
        # "position" is a reserved word of DynamoDB's expressions.
        names = {"#listed": LISTED, "#position": POSITION}
        filters = []
        if only.name_contains is not None:
            filters.append("contains(#name, :name)")
            names["#name"], values[":name"] = JOB_NAME, only.name_contains
        if only.status is not None:
            filters.append("#status = :status")
            names["#status"], values[":status"] = JOB_STATUS, only.status
        answer = self._table.read_page(
            "query",
            IndexName=JOB_INDEX,
            KeyConditionExpression="#listed = :shard AND #position BETWEEN :lowest AND :highest",
            **({"FilterExpression": " AND ".join(filters)} if filters else {}),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
            ScanIndexForward=positions.ascending,
            Limit=limit,
        )
        last = answer.get("LastEvaluatedKey")
        return IndexPage(tuple(map(_job, answer["Items"])), last[POSITION]["S"] if last else None)


def _job(item: Mapping[str, Any]) -> IndexedJob:
    def text(name: str) -> str:
        return str(item[name]["S"]) if name in item else ""

    return IndexedJob(item[POSITION]["S"], item[KEY]["S"], text(JOB_NAME), text(JOB_STATUS))
