"""Values as the console shows them."""

import json
from collections.abc import Mapping


def compact_json(value: object) -> str:
    """Format JSON on one line, which `Console` wraps only between members."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ":\N{NO-BREAK SPACE}"))


def counts(values: Mapping[str, int]) -> str:
    """Format the counts that are not 0, the largest first."""
    ordered = sorted(values.items(), key=lambda item: -item[1])
    # No line is wrapped at a no-break space.
    return ", ".join(f"{count}\N{NO-BREAK SPACE}{name}" for name, count in ordered if count) or "none"


def duration(seconds: float) -> str:
    """Format a duration in its two largest units."""
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"
