"""Encoding detection for HTML: byte order mark, XML declaration or meta element."""

import codecs
import re

from askew.documents.formats.draft import UnusableError, is_binary

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
DECLARED = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)|<meta[^>]{0,400}?charset\s*=\s*[\"']?([\w.:-]+)", re.I
)
LOOKED_AT = 4096
WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252"}  # as browsers decode these, by the WHATWG standard


def decoded(data: bytes) -> str:
    for mark, name in MARKS.items():
        if data.startswith(mark):
            return _text(data[len(mark) :] if name == "utf-8" else data, name)
    found = DECLARED.search(data[:LOOKED_AT])
    name = _known((found[1] or found[2]).decode("ascii")) if found else ""
    return _text(data, name or _guessed(data))


def _known(name: str) -> str:
    """Return the codec name; "" for an unknown encoding, or one incompatible with the ASCII declaration."""
    try:
        found = codecs.lookup(name).name
        b"-".decode(found)
    except (LookupError, ValueError):  # codecs also include base64
        return ""
    return "" if found.startswith(("utf-16", "utf-32")) else WIDER.get(found, found)


def _guessed(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _text(data: bytes, name: str) -> str:
    try:
        text = data.decode(name, "replace")
    except (LookupError, UnicodeError) as error:
        raise UnusableError(f"cannot be decoded as {name}") from error
    if is_binary(text):
        raise UnusableError("not HTML: contains binary data")
    return text
