"""Reading many items of a DynamoDB table with BatchGetItem, until no key is left unprocessed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from customization_jobs.backoff import jittered_pause
from customization_jobs.errors import WatchUnavailableException

# BatchGetItem's limit. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
MAX_KEYS = 100
# Consecutive answers that leave every key unprocessed before the table counts as unavailable.
_MAX_EMPTY_ANSWERS = 5

Item = Mapping[str, Any]


def read_items(
    batch_get_item: Callable[..., Mapping[str, Any]],
    table: str,
    keys: Iterable[Item],
    *,
    consistent: bool,
    sleep: Callable[[float], None],
) -> Iterator[Item]:
    """Yield the items that exist, in no particular order.

    Parameters
    ----------
    keys : iterable
        Without duplicates, which a call must not contain.

    Raises
    ------
    WatchUnavailableException
        The table repeatedly left all keys unprocessed.
    """
    left = list(keys)
    empty_answers = 0
    while left:
        requested, left = left[:MAX_KEYS], left[MAX_KEYS:]
        answer = batch_get_item(RequestItems={table: {"Keys": requested, "ConsistentRead": consistent}})
        # The answer names the table as the request does, by name or ARN; there is only one.
        for items in answer["Responses"].values():
            yield from items
        unprocessed = [key for each in answer.get("UnprocessedKeys", {}).values() for key in each["Keys"]]
        if not unprocessed:
            empty_answers = 0
            continue
        left += unprocessed
        empty_answers = empty_answers + 1 if len(unprocessed) == len(requested) else 0
        if empty_answers == _MAX_EMPTY_ANSWERS:
            raise WatchUnavailableException("The table is too busy to be read. Try again later.")
        sleep(jittered_pause(empty_answers, base=0.1, cap=2.0))
