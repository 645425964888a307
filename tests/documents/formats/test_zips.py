import io
import zipfile

import pytest
from helpers import office

from askew.documents.formats import zips
from askew.documents.formats.draft import UnusableError


def refusal(data: bytes) -> str:
    with pytest.raises(UnusableError) as caught:
        zips.opened(data)
    return str(caught.value)


def test_a_document_opens() -> None:
    with zips.opened(office.zipped({"a": "text"})) as archive:
        assert archive.read("a") == b"text"


def test_a_bomb_is_not_unpacked() -> None:
    plain = office.zipped({"a": "text"})
    assert "bomb" in refusal(office.bomb(plain, "b", 50))
    with zips.opened(office.bomb(plain, "b", 9)) as archive:
        assert len(archive.namelist()) == 2


def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "LARGEST_CONTENT", 7)
    assert "8 bytes in 2 files" in refusal(office.zipped({"a": "four", "b": "four"}))
    monkeypatch.setattr(zips, "LARGEST_CONTENT", 8)
    monkeypatch.setattr(zips, "MOST_ENTRIES", 1)
    assert "in 2 files" in refusal(office.zipped({"a": "four", "b": "four"}))


def test_an_entry_gives_no_more_than_it_declares() -> None:
    """What the sum of the sizes relies on."""
    data = bytearray(office.zipped({"a": "x" * 1000}))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    archive = zipfile.ZipFile(io.BytesIO(bytes(data)))
    try:
        read = archive.read("a")
    except zipfile.BadZipFile:
        read = b""
    assert len(read) <= 10


def test_encrypted_old_and_broken_files_are_told_apart() -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
    assert ".docx" in refusal(old)
    assert "encrypted" in refusal(old + "EncryptedPackage".encode("utf-16-le"))
    assert "File is not a zip file" in refusal(b"PK\x03\x04 nothing")
    data = bytearray(office.zipped({"a": "text"}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(bytes(data))
