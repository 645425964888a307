import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from helpers import office
from helpers.http import listening
from helpers.office import ONE, Part

from askew.documents.contents import Limits
from askew.documents.fields import DEFAULTS, Fields
from askew.documents.files import HINT, UNKNOWN, Fate, File, files
from askew.documents.formats.pdf import SCANNED
from askew.documents.readers import read
from askew.documents.sources import NOT_REGULAR, find
from askew.errors import InputError
from askew.progress import Progress
from askew.types import page_of

TEXT = "The ferry leaves at seven."
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def put(folder: Path, **contents: bytes) -> Path:
    """`a_txt=…` becomes the file a.txt."""
    folder.mkdir(exist_ok=True)
    for name, data in contents.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def fates(folder: Path, **options: Limits) -> dict[str, str]:
    return {file.id: file.reason or str(file.fate) for file in read([folder], **options).files}


def test_every_format_becomes_one_document_with_its_path_as_id(tmp_path: Path) -> None:
    put(tmp_path, **{f"a_{format}": make(TEXT) for format, make in ONE.items()})
    reading = read([tmp_path])
    assert [document.id for document in reading.documents] == sorted(f"a.{format}" for format in ONE)
    assert all(TEXT in document.text for document in reading.documents)
    assert all(file.fate == Fate.READ and file.ids == (file.id,) for file in reading.files)


@pytest.mark.parametrize("format", sorted(ONE))
def test_a_damaged_file_in_a_folder_is_skipped_and_one_that_was_named_is_refused(tmp_path: Path, format: str) -> None:
    folder = put(tmp_path / "docs", **{f"a_{format}": b"\x00\xff\x01 nothing \xfe", "b_txt": b"Text."})
    bad, good = read([folder]).files
    assert (bad.fate, bad.format, bad.ids, good.fate) == (Fate.SKIPPED, format, (), Fate.READ)
    with pytest.raises(InputError) as caught:
        read([folder / f"a.{format}"])
    assert str(caught.value) == f"{folder / f'a.{format}'}: {bad.reason}. {HINT}"
    assert len(read([folder / f"a.{format}", folder / "b.txt"], skip_bad=True).documents) == 1


def test_each_reason_is_told(tmp_path: Path) -> None:
    put(
        tmp_path,
        bomb_docx=office.bomb(ONE["docx"](TEXT), "word/media/a.bmp"),
        empty_pptx=b"",
        good_pdf=ONE["pdf"](TEXT),
        large_html=b"<p>" + bytes(3000).replace(b"\0", b"word "),
        locked_pdf=office.pdf([Part(text=TEXT)], password="secret"),
        more_zip=office.zipped({"a.txt": TEXT}),
        scanned_pdf=office.pdf([Part()]),
    )
    found = fates(tmp_path)
    for name, word in {"bomb.docx": "bomb", "empty.pptx": "empty", "locked.pdf": "encrypted"}.items():
        assert word in found.pop(name)
    assert found == {"good.pdf": "read", "large.html": "read", "more.zip": UNKNOWN, "scanned.pdf": SCANNED}
    assert "14,000 bytes" in fates(tmp_path, limits=Limits(size=14_000))["large.html"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    put(tmp_path, a_txt=b"Text.")
    os.mkfifo(tmp_path / "b.txt")
    os.mkfifo(tmp_path / "c.pdf")
    assert fates(tmp_path) == {"a.txt": "read", "b.txt": NOT_REGULAR, "c.pdf": NOT_REGULAR}
    with pytest.raises(InputError, match=rf"b\.txt: {NOT_REGULAR}"):
        read([tmp_path / "b.txt"])


def test_a_table_that_is_no_corpus_is_skipped_in_a_folder_unless_its_fields_are_named(tmp_path: Path) -> None:
    put(tmp_path, a_csv=b"left,right\n1,2\n", b_txt=b"Text.", c_csv=b"text,text\n1,2\n", d_csv=b"text\n")
    found = fates(tmp_path)
    assert found["b.txt"] == "read"
    assert "--text-field" in found["a.csv"]
    assert re.match(r"line 1: .*'text'.*[^.]$", found["c.csv"])
    assert "no rows" in found["d.csv"]
    with pytest.raises(InputError, match="'body'"):
        read([tmp_path], Fields(text="body"))
    with pytest.raises(InputError, match="--text-field"):
        read([tmp_path / "a.csv"])


def test_one_bad_table_in_a_folder_does_not_stop_the_others(tmp_path: Path) -> None:
    put(tmp_path, a_csv=b"id,text\n1,red\n2,\n", b_csv=b"id,text\n1,blue\n", c_csv=b"id,text\n1,grey\n3,green\n")
    found = fates(tmp_path)
    assert found["a.csv"].startswith("line 3: 'text' is empty")
    assert found["b.csv"] == "read"
    assert "'1'" in found["c.csv"]
    assert f"{tmp_path / 'b.csv'}:2" in found["c.csv"]
    for meant in ([tmp_path / "a.csv"], [tmp_path]):
        with pytest.raises(InputError, match=r"a.csv:3: 'text' is empty"):
            read(meant, DEFAULTS if meant[0].suffix else Fields(text="text"))
    with pytest.raises(InputError, match=r"'1': .*b\.csv:2 .*c\.csv:2"):
        read([tmp_path / "b.csv", tmp_path / "c.csv"])


def test_outcomes_come_one_at_a_time_in_order_with_progress(tmp_path: Path) -> None:
    put(tmp_path, **{f"{number}_{format}": ONE[format](TEXT) for number, format in enumerate(ONE)})
    seen: list[Progress] = []
    found = find([tmp_path])
    stream = files(found, report=seen.append)
    first = next(stream)
    assert first.file == File(str(tmp_path / "0.txt"), "0.txt", "txt", Fate.READ, "", ("0.txt",))
    assert first.source == found[0]
    assert seen == [Progress("files", 1, len(ONE))]
    assert [outcome.file.id for outcome in stream] == [source.id for source in found[1:]]
    assert seen[-1] == Progress("files", len(ONE), len(ONE))


def test_leaving_early_ends_the_processes(tmp_path: Path) -> None:
    put(tmp_path, **{f"{number}_html": ONE["html"](TEXT) for number in range(9)})
    before = threading.active_count()
    stream = files(find([tmp_path]))
    next(stream)
    assert threading.active_count() > before
    stream.close()
    deadline = time.monotonic() + 10  # a timer that was called off takes a moment to end
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_what_is_unchanged_is_not_opened(tmp_path: Path) -> None:
    put(tmp_path, a_txt=b"Text.", b_pdf=b"broken", c_png=b"")
    (tmp_path / "b.pdf").chmod(0)
    asked: list[str] = []

    def unchanged(source: object) -> bool:
        asked.append(getattr(source, "id", ""))
        return asked[-1] == "b.pdf"

    assert [outcome.file.fate for outcome in files(find([tmp_path]), unchanged=unchanged)] == [
        Fate.READ,
        Fate.UNCHANGED,
        Fate.IGNORED,
    ]
    assert asked == ["a.txt", "b.pdf"]


@contextmanager
def counting() -> Iterator[tuple[str, list[str]]]:
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with listening(Handler) as url:
        yield url, requests


def test_nothing_that_a_file_names_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    with counting() as (url, requests):
        head = f'<link rel="stylesheet" href="{url}/a.css"><script src="{url}/a.js"></script><base href="{url}">'
        body = f'<p>{TEXT}</p><img src="{url}/a.png"><iframe src="{url}/frame"></iframe>'
        entities = f'<!ENTITY a SYSTEM "{url}/a"><!ENTITY b SYSTEM "{secret.as_uri()}">'
        kind = f'<!DOCTYPE html SYSTEM "{url}/a.dtd" [{entities}]>'
        page = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{TEXT}&a;&b;</p></body></html>'
        text = (
            f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{TEXT}&a;&b;</w:t></w:r></w:p></w:body></w:document>'
        )
        spiteful = f'<?xml version="1.0"?>{kind}'
        book = office.epub([Part("One", TEXT)], extra={"OPS/text/1 ä.xhtml": spiteful + page})
        word = office.replaced(ONE["docx"](TEXT), {"word/document.xml": spiteful + text})
        put(
            tmp_path / "docs",
            a_html=office.html(body, head=head),
            b_xhtml=(spiteful + page).encode(),
            c_epub=book,
            d_docx=word,
        )
        reading = read([tmp_path / "docs"])
    assert requests == []
    assert len(reading.documents) == 4
    for document in reading.documents:
        assert TEXT in document.text
        assert "the secret" not in document.text


def test_a_long_pdf_keeps_every_page(tmp_path: Path) -> None:
    parts = [Part(f"Chapter {number}", office.sentence(number)) for number in range(1, 301)]
    put(tmp_path, a_pdf=office.pdf([Part(), *parts], outline=True))
    [document] = read([tmp_path]).documents
    assert document.metadata["pages"] == 301
    for number, part in enumerate(parts, 2):
        assert page_of(document.text, document.text.index(part.text)) == number
        assert f"\n# {part.heading}\n" in document.text


def test_a_drive_is_read_as_far_as_it_can_be(tmp_path: Path) -> None:
    expected = office.drive(tmp_path)
    reading = read([tmp_path])
    assert [(file.id, str(file.fate)) for file in reading.files] == [(file.name, file.fate) for file in expected]
    texts = {document.id: document.text for document in reading.documents}
    for file in expected:
        for sentence, page in file.sentences:
            place = texts[file.name].index(sentence)
            assert max(page_of(texts[file.name], place), min(page, 1)) == page
