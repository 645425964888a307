import errno
import hashlib
import io
import os
import tracemalloc
from pathlib import Path

import pytest

from askew.documents.contents import LARGEST, PIECE, Limits, contents, digest, spooled, text
from askew.documents.formats.draft import UnusableError
from askew.documents.sources import NOT_REGULAR, find


def refusal(path: Path, most: int = LARGEST) -> str:
    with pytest.raises(UnusableError) as caught:
        contents(str(path), most)
    return str(caught.value)


def test_what_a_file_holds(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert contents(str(tmp_path / "a"), 5) == b"12345"
    assert "4 bytes" in refusal(tmp_path / "a", 4)


def test_a_file_full_of_holes_is_as_large_as_it_says(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(10**12)
    assert "200,000,000 bytes" in refusal(tmp_path / "a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == NOT_REGULAR
    assert refusal(Path("/dev/zero")) == NOT_REGULAR


def test_what_is_not_there_has_a_reason(tmp_path: Path) -> None:
    assert os.strerror(errno.ENOENT) in refusal(tmp_path / "none")
    assert refusal(tmp_path)


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"\xef\xbb\xbfcaf\xc3\xa9", ("café", ())), ("café".encode("utf-16"), ("café", ("read as utf-16",)))],
)
def test_an_encoding_other_than_utf8_is_said(
    data: bytes, expected: tuple[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert text(find(["-"])[0], Limits()) == expected


def test_a_table_may_be_larger_than_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("12345")
    few = Limits(size=4)
    assert text(find([tmp_path / "a.txt"], "lines")[0], few)[0] == "12345"
    with pytest.raises(UnusableError, match="4 bytes"):
        text(find([tmp_path / "a.txt"])[0], few)


def test_stdin_becomes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\x00\xff")))
    assert Path(spooled(tmp_path, 2)).read_bytes() == b"\x00\xff"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"123")))
    with pytest.raises(UnusableError, match="2 bytes"):
        spooled(tmp_path, 2)


def test_stdin_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/zero").open("rb") as endless:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(endless))
        with pytest.raises(UnusableError, match="3,000,000 bytes"):
            text(find(["-"], "txt")[0], Limits(size=3_000_000))


def test_memory_follows_what_a_file_holds_not_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(3 * PIECE + 1))
    for most in (4 * PIECE, 10**15):
        tracemalloc.start()
        assert len(contents(str(tmp_path / "a"), most)) == 3 * PIECE + 1
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8 * PIECE


def test_the_digest_is_that_of_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * (PIECE + 1))
    assert digest(str(tmp_path / "a"), LARGEST) == hashlib.sha256(contents(str(tmp_path / "a"), LARGEST)).hexdigest()
    with pytest.raises(UnusableError, match="larger than"):
        digest(str(tmp_path / "a"), PIECE)
