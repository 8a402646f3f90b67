"""Whose jobs the jobs of a board are."""

from collections.abc import Mapping
from typing import NamedTuple

from customization_jobs.jobs import Summary
from customization_jobs.reports.html import escape

# A longer owner would make the table too wide. The tooltip has all of it.
_MAX_SHOWN = 40


class Owners(NamedTuple):
    """The column of owners.

    Attributes
    ----------
    tag : str
        The tag whose value is the owner of a job.
    by_arn : mapping of str to str
        The owners that are known, by the ARNs of their jobs.
    """

    tag: str
    by_arn: Mapping[str, str]

    @property
    def heading(self) -> str:
        """The tag, in the form of the other headings."""
        return self.tag[:1].upper() + self.tag[1:]

    def cell(self, job: Summary) -> str:
        """Render the owner of a job as HTML."""
        arn = job.get("jobArn")
        owner = self.by_arn.get(arn) if isinstance(arn, str) else None
        shown = owner if owner is None or len(owner) <= _MAX_SHOWN else f"{owner[:_MAX_SHOWN]}..."
        return f'<bdi title="{escape(owner)}">{escape(shown)}</bdi>'
