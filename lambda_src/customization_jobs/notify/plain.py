"""Text from outside, made safe for a single line."""

import unicodedata

_CUT = "..."


def one_line(text: str) -> str:
    """Return text with a space in place of each run of white space and characters that cannot be printed.

    These include line breaks, control characters, lone surrogates and marks that reverse the direction.
    """
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def cut(text: str, length: int) -> str:
    """Cut text to a number of characters; three dots mark the cut."""
    return text if len(text) <= length else text[: length - len(_CUT)] + _CUT


def ascii_only(text: str) -> str:
    """Return printable text in ASCII: letters lose their accents, other characters become question marks."""
    decomposed = unicodedata.normalize("NFKD", text)
    without_accents = "".join(each for each in decomposed if not unicodedata.combining(each))
    return without_accents.encode("ascii", "replace").decode()
