"""What `fields` selects: the parts of an answer that are sent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from customization_jobs.errors import MAX_PROBLEMS, NOT_SHOWN, Problem
from customization_jobs.listing.inputs import FIELDS, closest_name, shortened

if TYPE_CHECKING:
    from botocore.model import Shape

# Returns what an answer contains of a job.
Form: TypeAlias = Callable[[Any], Any]
# By name, what is selected below it; None selects the whole value.
_Tree: TypeAlias = dict[str, "_Tree | None"]


class Fields:
    """Selected fields.

    Parameters
    ----------
    names : sequence of str
        Fields, as paths of names that are joined by dots. A path selects everything below it.

    Attributes
    ----------
    names : tuple of str
        Each once, in the given order.

    Example
    -------
    >>> Fields(["status", "a.b"]).of({"status": "Failed", "jobName": "x", "a": {"b": 1, "c": 2}})
    {'status': 'Failed', 'a': {'b': 1}}
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self._tree: _Tree = {}
        for name in self.names:
            _add(self._tree, name.split("."))

    def of(self, value: Any) -> Any:
        """Return the selected fields that a JSON object has. Any other value is returned as it is."""
        return _selected(value, self._tree) if isinstance(value, Mapping) else value


def _add(tree: _Tree, path: Sequence[str]) -> None:
    *parents, last = path
    for name in parents:
        below = tree.setdefault(name, {})
        if below is None:
            return
        tree = below
    tree[last] = None


def _selected(value: Mapping[str, Any], tree: _Tree) -> dict[str, Any]:
    selected = {}
    for name, each in value.items():
        if name not in tree:
            continue
        below = tree[name]
        if below is None:
            selected[name] = each
        # An object that has none of the selected fields is left out.
        elif isinstance(each, Mapping) and (part := _selected(each, below)):
            selected[name] = part
    return selected


class FieldNames:
    """The fields that an answer can have.

    Parameters
    ----------
    names : iterable of str
        Paths, in the order of columns. Those of objects precede what is below them.
    always : iterable of str
        Sent whether they are selected or not.
    """

    def __init__(self, names: Iterable[str], *, always: Iterable[str] = ()) -> None:
        self._names = tuple(names)
        self._always = tuple(always)

    def select(self, given: Sequence[str]) -> tuple[Fields, list[Problem]]:
        """Select fields by name, and describe the names that are unknown."""
        known = set(self._names)
        unknown = [name for name in given if name not in known]
        problems = [self._unknown(name) for name in unknown[:MAX_PROBLEMS]]
        problems += [NOT_SHOWN] * (len(unknown) - MAX_PROBLEMS)
        return Fields([*(name for name in given if name in known), *self._always]), problems

    def select_json(self, given: Any) -> tuple[Fields, list[Problem]]:
        """Select the fields that a JSON list names, and describe what is wrong with it."""
        if not isinstance(given, list) or not given or not all(isinstance(each, str) for each in given):
            allowed = f"a list of one or more of {self._allowed}"
            return Fields(()), [Problem(FIELDS, shortened(given), allowed)]
        return self.select(given)

    def select_text(self, given: Sequence[str]) -> tuple[Fields, list[Problem]]:
        """Select the fields that the values of a URL's parameter name, separated by commas."""
        return self.select([name for value in given for name in value.split(",")])

    def columns(self, selected: Fields | None = None) -> list[str]:
        """Return the paths of single values; with a selection, only those that it contains, in its order."""
        objects = {name.rpartition(".")[0] for name in self._names}
        values = [name for name in self._names if name not in objects]
        if selected is None:
            return values
        below = [each for name in selected.names for each in values if f"{each}.".startswith(f"{name}.")]
        return list(dict.fromkeys(below))

    @property
    def _allowed(self) -> str:
        top = ", ".join(name for name in self._names if "." not in name)
        nested = next((name for name in reversed(self._names) if "." in name), None)
        return f"{top}, and what is below them, such as {nested}" if nested else top

    def _unknown(self, name: str) -> Problem:
        sent = f"the unknown name {shortened(name)}{closest_name(name, self._names)}"
        return Problem(FIELDS, sent, self._allowed)


def pop_form(given: dict[str, Any], names: Callable[[], FieldNames]) -> tuple[Form, list[Problem]]:
    """Take `fields` out of a query in JSON. Return what selects them, and what is wrong with them."""
    if FIELDS not in given:
        return unchanged, []
    fields, problems = names().select_json(given.pop(FIELDS))
    return fields.of, problems


def unchanged(value: Any) -> Any:
    """Return the value with all its fields."""
    return value


def shape_names(shape: "Shape", prefix: str = "") -> list[str]:
    """Return the fields of a structure in botocore's model, in its order, with those of inner structures."""
    names = []
    members: Mapping[str, Shape] = getattr(shape, "members", {})
    for name, member in members.items():
        names += [f"{prefix}{name}", *shape_names(member, f"{prefix}{name}.")]
    return names
