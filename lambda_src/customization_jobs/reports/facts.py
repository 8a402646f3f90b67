"""What a board shows of its jobs besides Bedrock's summaries: whose they are, and why they failed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from customization_jobs.jobs import Summary
from customization_jobs.reports.html import escape

# A longer owner would make the table too wide. The tooltip has all of it.
_MAX_OWNER = 40
_MAX_MESSAGE = 1000


class JobFacts(NamedTuple):
    """Facts about the jobs of a board.

    Attributes
    ----------
    tag : str or None
        The tag whose value is the owner of a job. None: the board has no column for owners.
    by_arn : mapping of str to mapping
        `owner` and `failure` of each job, as far as they are known.
    """

    tag: str | None
    by_arn: Mapping[str, Mapping[str, Any]]

    @property
    def owner_heading(self) -> str | None:
        """The tag, in the form of the other headings."""
        return self.tag[:1].upper() + self.tag[1:] if self.tag else None

    def owner(self, job: Summary) -> str:
        """Render the owner of a job as HTML."""
        owner = self._of(job).get("owner")
        shown = owner if owner is None or len(owner) <= _MAX_OWNER else f"{owner[:_MAX_OWNER]}..."
        return f'<bdi title="{escape(owner)}">{escape(shown)}</bdi>'

    def failure(self, job: Summary) -> str:
        """Render why a job failed as HTML: the category, which unfolds to Bedrock's message. May be empty."""
        failure = self._of(job).get("failure")
        if not isinstance(failure, Mapping):
            return ""
        category = escape(str(failure.get("category", "")).replace("-", " "))
        message = failure.get("message")
        if not isinstance(message, str):
            return f'<div class="small">{category}</div>'
        return f"<details><summary>{category}</summary>{escape(message[:_MAX_MESSAGE])}</details>"

    def _of(self, job: Summary) -> Mapping[str, Any]:
        arn = job.get("jobArn")
        return self.by_arn.get(arn, {}) if isinstance(arn, str) else {}


NO_FACTS = JobFacts(None, {})
