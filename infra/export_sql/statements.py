"""The tables, the views and the saved queries of the export.

The files are in Athena's dialect. They name no database, so that they work in any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from customization_jobs.export.columns import COLUMNS, JOBS, TRANSITIONS

_FOLDER = Path(__file__).parent
# The partition of a file: its day in UTC.
DATE = "date"
# The tables of files by their kind. They can contain a row several times, and incomplete snapshots.
RAW_TABLES: Mapping[str, str] = {kind: f"raw_{kind}" for kind in COLUMNS}

_PARTITION: Mapping[str, str] = {DATE: "string"}
_KEY: Mapping[str, str] = {"job_key": "string"}
_OF_A_JOB: Mapping[str, str] = {
    name: kind for name, kind in COLUMNS[JOBS].items() if COLUMNS[TRANSITIONS].get(name) == kind
}
_OF_A_SNAPSHOT: Mapping[str, str] = {**COLUMNS[JOBS], **_KEY, **_PARTITION}


@dataclass(frozen=True, slots=True)
class View:
    """A view over the tables of files and the views before it.

    Attributes
    ----------
    columns : mapping of str to str
        Names and Athena's types, in order.
    """

    name: str
    columns: Mapping[str, str]

    @property
    def sql(self) -> str:
        """The query, from the file with the name of the view."""
        text = (_FOLDER / "views" / f"{self.name}.sql").read_text(encoding="utf-8")
        return text.format(columns=_listed(self.columns), job_columns=_listed(_OF_A_JOB)).strip()


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query for people.

    Attributes
    ----------
    title, description : str
        The first line of the file's comment, and the others.
    sql : str
        The text of the file, with the comment.
    """

    title: str
    description: str
    sql: str


# Each after those that it reads.
VIEWS: Sequence[View] = (
    View("transitions", {**COLUMNS[TRANSITIONS], **_KEY, **_PARTITION}),
    View("job_snapshots", _OF_A_SNAPSHOT),
    View("current_jobs", _OF_A_SNAPSHOT),
    View("ended_jobs", {**_OF_A_JOB, **_KEY, "ended_at": "string"}),
)


def saved_queries() -> Sequence[SavedQuery]:
    """Return the saved queries in the order of their titles."""
    queries = (_read(file) for file in (_FOLDER / "queries").glob("*.sql"))
    return sorted(queries, key=lambda query: query.title)


def _read(file: Path) -> SavedQuery:
    text = file.read_text(encoding="utf-8").strip()
    comment = [line.removeprefix("-- ") for line in text.splitlines() if line.startswith("-- ")]
    return SavedQuery(title=comment[0], description=" ".join(comment[1:]), sql=text)


def _listed(columns: Mapping[str, str]) -> str:
    # `date` is the name of a type as well.
    return ", ".join(f'"{name}"' if name == DATE else name for name in columns)
