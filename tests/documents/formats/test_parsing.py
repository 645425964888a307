import sys
from contextlib import suppress

import pytest
from helpers import office
from helpers.office import ONE

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.parsing import HOMES, PAGED, parse

TEXT = "The ferry leaves at seven."


def refusal(data: bytes, format: str) -> str:
    with pytest.raises(UnusableError) as caught:
        parse(data, format)
    return str(caught.value)


WHOLE = sorted(set(HOMES) - {"parquet"})
"""Formats of documents; of Parquet only rows are read."""


@pytest.mark.parametrize("format", WHOLE)
def test_every_format_is_parsed(format: str) -> None:
    made = parse(ONE[format](TEXT), format)
    assert TEXT in made.text
    assert ("pages" in made.metadata) == (format in PAGED)


@pytest.mark.parametrize("format", sorted(set(HOMES) - {"html"}))
@pytest.mark.parametrize("data", [b"", b"nothing of the kind", b"\x00\xff" * 500, b"PK\x05\x06" + bytes(18)])
def test_what_is_something_else_has_a_reason_in_one_line(format: str, data: bytes) -> None:
    told = refusal(data, format)
    assert told
    assert "\n" not in told


@pytest.mark.parametrize("format", WHOLE)
def test_a_file_that_breaks_off_anywhere_is_read_in_part_or_refused(format: str) -> None:
    whole = ONE[format](TEXT)
    for part in range(1, 20):
        piece = whole[: len(whole) * part // 20]
        with suppress(UnusableError):
            assert parse(piece, format).text


LIBRARIES = {"pdf": "pypdfium2", "xls": "xlrd", "msg": "oxmsg"} | dict.fromkeys(
    ("docx", "pptx", "xlsx", "odt", "ods", "html", "epub"), "lxml"
)


@pytest.mark.parametrize("format", LIBRARIES)
def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    data, package = ONE[format](TEXT), LIBRARIES[format]
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    assert refusal(data, format).endswith("pip install 'askew[documents]'")


DEEP = 20_000
XHTML = b'<html xmlns="http://www.w3.org/1999/xhtml"><body>%b</body></html>'
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SDT = ("<w:sdt><w:sdtContent>" * DEEP, "</w:sdtContent></w:sdt>" * DEEP)


def nested_word() -> bytes:
    body = f'<w:document xmlns:w="{WORD}"><w:body>{SDT[0]}<w:p/>{SDT[1]}</w:body></w:document>'
    return office.replaced(office.docx([office.Part(text="Text.")]), {"word/document.xml": body})


@pytest.mark.parametrize(
    ("format", "data"),
    [
        ("html", b"<div>" * DEEP + b"deep"),
        ("html", XHTML % (b"<div>" * DEEP + b"deep" + b"</div>" * DEEP)),
        ("eml", b"From: a@b.c\n" + b"Content-Type: message/rfc822\n\n" * DEEP + b"deep"),
        ("docx", nested_word()),
    ],
    ids=["html", "xhtml", "eml", "docx"],
)
def test_what_is_nested_without_end_is_refused(format: str, data: bytes) -> None:
    with pytest.raises(UnusableError, match=r"nested too deeply|recursion|depth"):
        parse(data, format)
