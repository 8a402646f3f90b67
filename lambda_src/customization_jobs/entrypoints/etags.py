"""Whether the client already has an answer (RFC 9110, section 13.1.2)."""

import re

_TAG = re.compile(r'[ \t,]*+(?:W/)?("[\x21\x23-\x7e\x80-\xff]*+")[ \t]*+(?=,|$)')


def is_known(if_none_match: str, etag: str) -> bool:
    """Whether `If-None-Match` is `*`, or has the tag, weak or not. Reading stops at a malformed part."""
    if if_none_match.strip(" \t") == "*":
        return True
    position = 0
    while found := _TAG.match(if_none_match, position):
        if found[1] == etag:
            return True
        position = found.end()
    return False
