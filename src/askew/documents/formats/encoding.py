"""In which encoding a page of HTML is written: as its first bytes, its declaration or its meta element say."""

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
WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252"}  # what browsers take for these, by the WHATWG's standard


def decoded(data: bytes) -> str:
    for mark, name in MARKS.items():
        if data.startswith(mark):
            return _text(data[len(mark) :] if name == "utf-8" else data, name)
    found = DECLARED.search(data[:LOOKED_AT])
    name = _known((found[1] or found[2]).decode("ascii")) if found else ""
    return _text(data, name or _guessed(data))


def _known(name: str) -> str:
    """Nothing for an encoding that there is not, or that cannot be true of what was read as ASCII just now."""
    try:
        found = codecs.lookup(name).name
        b"-".decode(found)
    except (LookupError, ValueError):  # base64 is among the codecs, too
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
    except (LookupError, UnicodeError) as fault:
        raise UnusableError(f"it cannot be decoded as {name}") from fault
    if is_binary(text):
        raise UnusableError("it is no HTML: it holds binary data")
    return text
