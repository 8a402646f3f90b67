"""Exports transitions as they happen: one file for each day that a batch contains."""

from collections.abc import Callable, Iterable

from customization_jobs.aws.bucket import BucketError
from customization_jobs.export.columns import TRANSITIONS
from customization_jobs.export.files import ExportFiles, JsonLines, name_of
from customization_jobs.export.transition_event import ExportedTransition


class TransitionExport:
    """Writes transitions."""

    def __init__(self, files: ExportFiles) -> None:
        self._files = files

    def write(
        self, transitions: Iterable[ExportedTransition], out_of_time: Callable[[], bool]
    ) -> dict[str, str]:
        """Write transitions with different ids.

        A file is named by the ids in it, so writing the same transitions again replaces it.

        Returns
        -------
        dict of str to str
            The reason for each transition, by id, that is not known to be written.
        """
        by_date: dict[str, list[ExportedTransition]] = {}
        for each in transitions:
            by_date.setdefault(each.date, []).append(each)
        unwritten: dict[str, str] = {}
        for date, of_a_day in by_date.items():
            problem = "no time was left" if out_of_time() else self._write_day(date, of_a_day)
            if problem:
                unwritten |= dict.fromkeys((each.id for each in of_a_day), problem)
        return unwritten

    def _write_day(self, date: str, transitions: Iterable[ExportedTransition]) -> str:
        ordered = sorted(transitions, key=lambda each: (each.row["at"], each.id))
        name = name_of(sorted(each.id for each in ordered))
        try:
            self._files.write(TRANSITIONS, date, name, JsonLines(each.row for each in ordered))
        except BucketError as error:
            return str(error)
        return ""
