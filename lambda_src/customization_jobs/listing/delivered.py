"""Which jobs a listing has delivered, so that a page that is read again does not repeat them."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from customization_jobs.listing.identity import arn_of, identifying_text

ID_BYTES = 8
# At the end of a page, this many of the last jobs stay remembered. If Bedrock's tokens are offsets, each job
# that arrives makes the next page repeat one.
REMEMBERED_JOBS = 200
# Room for two pages of 1000 jobs, what is remembered of the pages before it, and jobs that arrive in between.
# More ids would leave less room for jobs.
MAX_IDS = 4000


@dataclass(slots=True)
class Delivered:
    """The delivered jobs, by the ids that a token holds.

    Attributes
    ----------
    ids : list of bytes
        Of jobs with an ARN, in the order of delivery, and of what `unidentified` held for the pages before.
    unidentified : list of bytes
        Of summaries without an ARN on the current page. Only reading that page again can repeat them: equal
        summaries on different pages are different jobs.
    """

    ids: list[bytes] = field(default_factory=list)
    unidentified: list[bytes] = field(default_factory=list)
    _seen: set[bytes] = field(init=False, repr=False, compare=False)
    _to_skip: Counter[bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._seen = {*self.ids, *self.unidentified}
        self._to_skip = Counter(self.unidentified)

    def skip(self, job: object) -> bool:
        """Whether the next job of a page was delivered, by an earlier page or by an earlier reading."""
        job_id = _id_of(job)
        if arn_of(job) is not None:
            return job_id in self._seen
        if self._to_skip[job_id] == 0:
            return False
        self._to_skip[job_id] -= 1
        return True

    def add(self, job: object) -> bool:
        """Record that a job was delivered. Return whether no equal one, even without an ARN, was before."""
        job_id = _id_of(job)
        is_new = job_id not in self._seen
        self._seen.add(job_id)
        ids = self.unidentified if arn_of(job) is None else self.ids
        ids.append(job_id)
        del ids[: -MAX_IDS // 2]
        return is_new

    def turn_page(self) -> None:
        """Forget which summaries without an ARN to skip, and all but the last ids."""
        self.ids += self.unidentified
        del self.ids[:-REMEMBERED_JOBS]
        self.unidentified.clear()
        self._to_skip.clear()


def _id_of(job: object) -> bytes:
    text = identifying_text(job).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=ID_BYTES).digest()
