"""How long a job, or a phase of it, may be in progress before someone should hear of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from customization_jobs.watch.observation import PHASES

_NAMES = ("default", "byCustomizationType", "byBaseModel", "byPhase")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in seconds.

    Attributes
    ----------
    default : int
        For a job that no other limit fits.
    by_customization_type : mapping of str to int
        By Bedrock's own names, such as FINE_TUNING.
    by_base_model : mapping of str to int
        By a part of the base model's ARN, such as nova-lite; the longest part that fits decides, before the
        customization type.
    by_phase : mapping of str to int
        Limits of the phases themselves, by the names in `PHASES`; a phase that is not there has none.
    """

    default: int
    by_customization_type: Mapping[str, int] = field(default_factory=dict)
    by_base_model: Mapping[str, int] = field(default_factory=dict)
    by_phase: Mapping[str, int] = field(default_factory=dict)

    def of_job(self, customization_type: str | None, base_model_arn: str | None) -> int:
        """Tell how long a job may be in progress."""
        fitting = [part for part in self.by_base_model if part in (base_model_arn or "")]
        if fitting:
            return self.by_base_model[max(fitting, key=len)]
        return self.by_customization_type.get(customization_type or "", self.default)

    def of_summary(self, summary: Mapping[str, Any]) -> int:
        """Tell how long the job of one of Bedrock's summaries may be in progress."""
        return self.of_job(summary.get("customizationType"), summary.get("baseModelArn"))

    @classmethod
    def from_json(cls, text: str | None, default: int) -> "Limits":
        """Read the setting: `default`, `byCustomizationType`, `byBaseModel`, `byPhase`, all optional.

        Parameters
        ----------
        text : str or None
            JSON; None is an empty object.
        default : int
            Stands where the setting has no `default`.

        Raises
        ------
        ValueError
            It is not that; the message says what is wrong and what is allowed.
        """
        try:
            given = json.loads(text or "{}")
        except ValueError as error:
            raise ValueError("no JSON; allowed: a JSON object") from error
        if not isinstance(given, dict):
            raise ValueError("no JSON object; allowed: a JSON object")  # noqa: TRY004
        for name in given:
            if name not in _NAMES:
                raise ValueError(f"has {name!r}; allowed: {', '.join(_NAMES)}")
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
    # JSON's true is an int to Python.
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} is {value!r}; allowed: a whole number of seconds above 0")
    return value
