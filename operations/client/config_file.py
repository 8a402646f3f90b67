"""Edits the text of `~/.aws/config`: marked blocks of lines that give a profile the URL of the API.

What is outside of the blocks stays as it is, byte for byte. Each edit is checked by reading the text before
and after as botocore does: nothing else may differ.
"""

import configparser
import re
import shlex

from client_model.names import SERVICE, SERVICE_KEY

_BEGIN = f"# begin {SERVICE} (make client) of profile "
_END = f"# end {SERVICE} (make client)"
_BLOCK = re.compile(
    rf"^{re.escape(_BEGIN)}(?P<profile>\S+)\r?\n.*?^{re.escape(_END)}(?:\r?\n|\Z)", re.MULTILINE | re.DOTALL
)
_HEADER = re.compile(r"^[ \t]*\[(?P<name>.+)\][^\n]*\n?", re.MULTILINE)
# The margin of the first option, after empty lines and comments.
_MARGIN = re.compile(r"(?:[ \t]*(?:[#;][^\n]*)?\r?\n)*(?P<indent>[ \t]*)")
_PROFILE, _SERVICES = "profile", "services"
_DEFAULT = "default"

# An option of a section.
_Option = tuple[str, str]


class ConfigFileError(Exception):
    """The file cannot be edited safely; says why, and what to do by hand."""


def with_endpoint(text: str, profile: str, url: str) -> str:
    """Return the text with blocks that give a profile the URL, in place of those of an earlier call.

    Parameters
    ----------
    profile : str
        A name without spaces.

    Raises
    ------
    ConfigFileError
        botocore cannot read the text, or the text has another URL outside of the blocks.
    """
    text = without_endpoints(text, profile)
    options = _options(text)
    own = _section_of_profile(text, profile)
    services = options.get((own, _SERVICES), f"{SERVICE}-{profile}")
    section = _section(text, _SERVICES, services) or f"{_SERVICES} {services}"
    wanted = {(section, SERVICE_KEY): f"\nendpoint_url = {url}", (own, _SERVICES): services}
    edited = text
    for option, value in wanted.items():
        if option not in options:
            edited = _insert(edited, profile, option, value)
    if _options(edited) != options | wanted:
        raise ConfigFileError(
            f"[{section}] has another {SERVICE_KEY} already. Change its endpoint_url to {url} by hand."
        )
    return edited


def without_endpoints(text: str, profile: str | None = None) -> str:
    """Return the text without the blocks of one profile, or of all profiles if None.

    Raises
    ------
    ConfigFileError
        botocore cannot read the text, or the blocks were changed.
    """
    before = _options(text)
    edited = _BLOCK.sub(lambda found: "" if profile in (None, found["profile"]) else found[0], text)
    try:
        after = _options(edited)
        is_as_written = after.items() <= before.items() and all(
            map(_is_written_here, before.keys() - after.keys())
        )
    except ConfigFileError:
        is_as_written = False
    if not is_as_written:
        raise ConfigFileError(
            f"The lines between `{_BEGIN}...` and `{_END}` were changed. Remove them by hand."
        )
    return edited


def _is_written_here(option: _Option) -> bool:
    section, name = option
    return name == (SERVICE_KEY if section.startswith(_SERVICES) else _SERVICES)


def _insert(text: str, profile: str, option: _Option, value: str) -> str:
    """Insert a block: below the header of the option's section, or with the whole section at the top."""
    section, name = option
    end, margin = _place(text, section)
    newline = "\r\n" if "\r\n" in text else "\n"
    # The header may be the end of the file.
    gap = newline if end and text[end - 1] != "\n" else ""
    headers = [] if end else [f"[{section}]"]
    # A value that has options itself begins on its second line.
    lines = f"{name} = {value}".replace("= \n", "=\n  ").split("\n")
    block = [f"{_BEGIN}{profile}", *headers, *(f"{margin}{line}" for line in lines), _END, ""]
    return text[:end] + gap + newline.join(block) + text[end:]


def _place(text: str, section: str) -> tuple[int, str]:
    """Return where the header of a section ends, or 0 if there is none, and the margin of its options.

    With a smaller margin, the options below an inserted one would be read as parts of its value.
    """
    header = next((each for each in _HEADER.finditer(text) if each["name"] == section), None)
    if header is None:
        return 0, ""
    first = _MARGIN.match(text, header.end())
    return header.end(), first["indent"] if first else ""


def _section_of_profile(text: str, profile: str) -> str:
    of_profile = _section(text, _PROFILE, profile)
    if profile != _DEFAULT:
        return of_profile or f"{_PROFILE} {profile}"
    return next((name for name in _sections(text) if name == _DEFAULT), of_profile or _DEFAULT)


def _section(text: str, kind: str, name: str) -> str | None:
    """Return the section of a kind as the file writes it, which may have quotes."""
    return next((each for each in _sections(text) if _words(each) == [kind, name]), None)


def _words(section: str) -> list[str]:
    try:
        return shlex.split(section)
    except ValueError:  # botocore ignores such a section
        return []


def _sections(text: str) -> list[str]:
    return _parsed(text).sections()


def _options(text: str) -> dict[_Option, str]:
    parsed = _parsed(text)
    return {(section, name): value for section in parsed.sections() for name, value in parsed.items(section)}


def _parsed(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text, source="AWS's config file")
    except configparser.Error as error:
        raise ConfigFileError(
            f"Repair the config file (AWS_CONFIG_FILE, or ~/.aws/config), AWS clients cannot read it: {error}"
        ) from error
    return parser
