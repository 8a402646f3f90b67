"""Rules for the settings of notifications."""

import re
from collections.abc import Mapping
from typing import Any

from infra.settings.rules import EMAIL, Rule, rule

# The patterns of the service's API, for the inputs of CreateSlackChannelConfiguration and
# CreateMicrosoftTeamsChannelConfiguration: https://docs.aws.amazon.com/chatbot/latest/APIReference/.
_UUID = r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_CHANNELS: Mapping[str, Mapping[str, str]] = {
    "slack": {"workspaceId": r"[0-9A-Z]{1,255}", "channelId": r"[A-Za-z0-9]{1,255}"},
    "teams": {
        "teamId": _UUID,
        "tenantId": _UUID,
        "channelId": r"(?=.{1,255}\Z)[a-zA-Z0-9\-_=+/.,]*%3[aA][a-zA-Z0-9\-_=+/.,]*%40[a-zA-Z0-9\-_=+/.,]*",
    },
}


def _is_chat(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return isinstance(value, bool)
    return bool(value) and all(
        name in _CHANNELS and _has(_CHANNELS[name], ids) for name, ids in value.items()
    )


def _has(patterns: Mapping[str, str], ids: Any) -> bool:
    """Return whether `ids` has exactly the names of the patterns, with values that match."""
    return (
        isinstance(ids, Mapping)
        and ids.keys() == patterns.keys()
        and all(
            isinstance(ids[name], str) and re.fullmatch(pattern, ids[name])
            for name, pattern in patterns.items()
        )
    )


def _are_emails(value: Any) -> bool:
    if value is None or isinstance(value, str):
        return value is None or EMAIL.violation(value) is None
    return (
        isinstance(value, list | tuple)
        and all(EMAIL.violation(each) is None for each in value)
        and len(set(value)) == len(value)
    )


EMAILS = rule("an e-mail address, a list of different ones, or null", _are_emails)
CHAT: Rule = rule(
    'true, false, or the ids of a channel for each client: `{"slack": {"workspaceId", "channelId"}, '
    '"teams": {"teamId", "tenantId", "channelId"}}`, one or both',
    _is_chat,
)
