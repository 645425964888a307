"""Parser for plain text (TXT)."""

import re

from askew.documents.encodings import decoded_text, read_as
from askew.documents.formats.draft import Draft, UnusableError, clean, is_binary, without_feeds

COLOUR = re.compile("\x1b\\[[0-9;?]*[A-Za-z]")  # codes for terminals, in logs
OVERSTRUCK = re.compile(r"[^\n]\x08")  # bold and underlined text of manual pages


def parse(data: bytes, encoding: str | None = None) -> Draft:
    text, notes = readable(data, encoding)
    return Draft(text, notes=notes)


def readable(data: bytes, encoding: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the cleaned text of a file that is text, and how it was read. encoding: None to find it out.

    Raises UnusableError if it is binary or empty.
    """
    text, name = decoded_text(data, forced=encoding)
    if is_binary(OVERSTRUCK.sub("", text)):
        raise UnusableError("contains binary data, not text")
    text = without_feeds(clean(OVERSTRUCK.sub("", COLOUR.sub("", text)))).strip()
    if not text:
        raise UnusableError("empty file")
    return text, read_as(name)
