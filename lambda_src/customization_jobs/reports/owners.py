"""Whose jobs the jobs of a board are."""

from collections.abc import Mapping
from typing import NamedTuple

from customization_jobs.jobs import Summary
from customization_jobs.reports.html import escape


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
        return f'<bdi class="owner">{escape(owner)}</bdi>'
