"""The attributes and the indexes of the watch's table."""

from typing import NamedTuple

# The table's key and its time to live.
KEY = "jobArn"
EXPIRY = "expiresAt"
# The index of the documents with unfinished work. Only these have its two attributes.
UNFINISHED_INDEX = "Unfinished"
AWAITS = "awaits"
UNFINISHED_SINCE = "unfinishedSince"
# The index of the documents that are listed in an order, with the attributes that it contains. Only the stack
# of a fleet has it.
JOB_INDEX = "Jobs"
LISTED = "listed"
POSITION = "position"
JOB_NAME = "jobName"
JOB_STATUS = "jobStatus"


class Listed(NamedTuple):
    """Where a document is listed.

    Attributes
    ----------
    shard : str
        Each shard has an order of its own, and is read and written independently.
    position : str
        The documents of a shard are listed in the order of the bytes of this text.
    """

    shard: str
    position: str
