"""How long a job, or one of its phases, may be in progress before it counts as stuck."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from customization_jobs.jobs import PHASES, Summary

_NAMES = ("default", "byCustomizationType", "byBaseModel", "byPhase")


class Limits(NamedTuple):
    """Limits in seconds.

    Attributes
    ----------
    default : int
        Applies to a job that no other limit matches.
    by_customization_type : mapping of str to int
        Keys are Bedrock's customization types, such as FINE_TUNING.
    by_base_model : mapping of str to int
        Keys are parts of a base model's ARN, such as nova-lite. The longest match applies, and takes
        precedence over the customization type.
    by_phase : mapping of str to int
        Keys are from `jobs.PHASES`. A phase without an entry has no limit.
    """

    default: int
    by_customization_type: Mapping[str, int] = {}
    by_base_model: Mapping[str, int] = {}
    by_phase: Mapping[str, int] = {}

    @property
    def shortest(self) -> int:
        """The shortest time after which any job counts as stuck."""
        return min([self.default, *self.by_customization_type.values(), *self.by_base_model.values()])

    def of_job(self, customization_type: str | None, base_model_arn: str | None) -> int:
        """Return how long a job may be in progress."""
        matches = [part for part in self.by_base_model if part in (base_model_arn or "")]
        if matches:
            return self.by_base_model[max(matches, key=len)]
        return self.by_customization_type.get(customization_type or "", self.default)

    def of_summary(self, job: Summary) -> int:
        """Return how long the job of a summary may be in progress."""
        given = (job.get("customizationType"), job.get("baseModelArn"))
        return self.of_job(*(value if isinstance(value, str) else None for value in given))

    @classmethod
    def from_json(cls, text: str | None, default: int) -> "Limits":
        """Parse `{"default", "byCustomizationType", "byBaseModel", "byPhase"}`, all optional.

        Raises
        ------
        ValueError
            The message says what is wrong and what is allowed.
        """
        try:
            given = json.loads(text or "{}")
        except ValueError as error:
            raise ValueError("not JSON; allowed: a JSON object") from error
        if not isinstance(given, dict):
            raise ValueError("not a JSON object; allowed: a JSON object")  # noqa: TRY004
        for name in given:
            if name not in _NAMES:
                raise ValueError(f"unknown name {name!r}; allowed: {', '.join(_NAMES)}")
        return cls(
            _seconds(given.get("default", default), "default"),
            _by_name(given, "byCustomizationType"),
            _by_name(given, "byBaseModel"),
            _by_name(given, "byPhase", PHASES),
        )


def _by_name(given: Mapping[str, Any], name: str, allowed: tuple[str, ...] = ()) -> dict[str, int]:
    limits = given.get(name, {})
    if not isinstance(limits, dict) or "" in limits:
        raise ValueError(f"{name} is {limits!r}; allowed: an object of names and seconds")
    for key in limits:
        if allowed and key not in allowed:
            raise ValueError(f"{name} has {key!r}; allowed: {', '.join(allowed)}")
    return {key: _seconds(value, f"{name}.{key}") for key, value in limits.items()}


def _seconds(value: Any, name: str) -> int:
    # JSON's true is an int in Python.
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} is {value!r}; allowed: a whole number of seconds above 0")
    return value
