"""The rule of the setting `jwt`."""

import json
from collections.abc import Mapping
from typing import Any

from infra.settings.rules import Rule, list_of, text

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
_MOST_AUDIENCES = 50
_MOST_SCOPES = 10
_MOST_ORIGINS = 20
# An issuer is compared as text, so a slash at its end matters (OpenID Connect Core 1.0, section 2).
_ISSUER = text("an https address without a query", r"https://[^\s?#@\"]{1,500}")
_AUDIENCE = list_of(
    f"a list of 1 to {_MOST_AUDIENCES} different audiences, as the tokens have them in `aud` or `client_id`",
    r"[^\s\"]{1,500}",
    most=_MOST_AUDIENCES,
)
# The characters that RFC 6749 allows in a scope.
_SCOPES = list_of(
    f"a list of at most {_MOST_SCOPES} different scopes",
    r"[\x21\x23-\x5b\x5d-\x7e]{1,200}",
    most=_MOST_SCOPES,
)
# An origin has no path, and never a wildcard. Browsers leave out the default port.
_HOST = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
_ORIGINS = list_of(
    f"a list of at most {_MOST_ORIGINS} different origins, each whole and in lower case, such as "
    "https://jobs.example.com; http only for localhost",
    rf"(https://{_HOST}|http://(localhost|127\.0\.0\.1))(:\d{{1,5}})?",
    most=_MOST_ORIGINS,
)
_MEMBERS: Mapping[str, Rule] = {
    "issuer": _ISSUER,
    "audience": _AUDIENCE,
    "scopes": _SCOPES,
    "origins": _ORIGINS,
}
_REQUIRED = ("issuer", "audience")
_ALLOWED = (
    'an object such as `{"issuer": "https://login.example.com", "audience": ["customization-jobs"], '
    '"scopes": ["jobs/read"], "origins": ["https://jobs.example.com"]}`, of which `issuer` and `audience` '
    "are required, or null"
)


def _violation(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return _ALLOWED
    if unknown := sorted(value.keys() - _MEMBERS.keys()):
        return f"{', '.join(_MEMBERS)} in the object, and not {', '.join(unknown)}"
    if missing := [name for name in _REQUIRED if not value.get(name)]:
        return f"{_MEMBERS[missing[0]].allowed} as `{missing[0]}`, which is required"
    for name, given in value.items():
        if allowed := _MEMBERS[name].violation(given):
            return f"{allowed} as `{name}`, which is {json.dumps(given)}"
    return None


JWT = Rule(_ALLOWED, _violation)
