import pytest

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.encoding import decoded

TEXT = "Grüße – “hello”"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("", "utf-8"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
        ("", "cp1252"),
        ('<meta charset="windows-1252">', "cp1252"),
        ("<meta charset=iso-8859-1>", "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=cp1250">', "cp1250"),
        ('<?xml version="1.0" encoding="cp1250"?>', "cp1250"),
        ('<meta charset="utf-16">', "utf-8"),
        ('<meta charset="none-such">', "utf-8"),
        ('<meta charset="base64">', "utf-8"),
    ],
)
def test_the_encoding_is_found(declared: str, encoding: str) -> None:
    assert decoded((declared + TEXT).encode(encoding)).removeprefix(declared) == TEXT


def test_binary_data_is_no_page() -> None:
    with pytest.raises(UnusableError, match="binary"):
        decoded(b"<p>\0\xff</p>")
    assert decoded(b"<p>" + b"word " * 30 + b"\0").endswith("\0")
