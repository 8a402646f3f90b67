"""The definition of a state machine, as the stack deploys it: ASL with substitutions such as `${Name}`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# The substitution of a number is in quotes in the file, because the file itself is JSON.
_SUBSTITUTION = re.compile(r'"\$\{(\w+)\}"|\$\{(\w+)\}')


class DefinitionError(Exception):
    """A definition cannot be used; the message says why."""


def read_definition(path: Path, substitutions: Mapping[str, str | int]) -> dict[str, Any]:
    """Read a definition, and replace its substitutions.

    Parameters
    ----------
    substitutions : mapping of str to str or int
        A number also replaces the quotes around its substitution.

    Raises
    ------
    DefinitionError
        The file does not exist, is not JSON, or has a substitution that is not given.
    """

    def replacement(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in substitutions:
            known = ", ".join(substitutions)
            raise DefinitionError(f"{path.name} has the unknown substitution {name}; known: {known}.")
        value = substitutions[name]
        return f'"{value}"' if found[1] and isinstance(value, str) else str(value)

    try:
        definition: dict[str, Any] = json.loads(_SUBSTITUTION.sub(replacement, path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise DefinitionError(f"{path} is not a readable definition: {error}.") from error
    return definition
