import codecs
from pathlib import Path

import pytest

from askew.dedup.clean import original, staying
from askew.documents.columns import Fields
from askew.documents.read import read
from askew.errors import InputError

CSV = '\ufeffid;question;note\r\na;"tents, red";1\r\n\r\nb;"two\r\n\r\nlines";"x ""y"""\r\n;;\r\nc;kayak;\r\n\r\n'


def without(path: Path, *gone: str, format: str | None = None) -> str:
    return b"".join(staying(original(path, format=format), gone)).decode()


def made(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_rows_of_a_csv_go_and_all_else_stays_byte_for_byte(tmp_path: Path) -> None:
    path = made(tmp_path, "q.csv", CSV)
    assert without(path) == CSV
    assert without(path, "a") == CSV.replace('a;"tents, red";1\r\n', "")
    assert without(path, "b") == CSV.replace('b;"two\r\n\r\nlines";"x ""y"""\r\n', "")
    assert without(path, "c") == CSV.replace("c;kayak;\r\n", "")
    assert without(path, "a", "b", "c") == "\ufeffid;question;note\r\n\r\n;;\r\n\r\n"


@pytest.mark.parametrize(
    ("name", "text", "gone", "left"),
    [
        ("q.tsv", 'id\ttext\na\t"x\nb\ty\n', "a", "id\ttext\nb\ty\n"),
        (
            "q.jsonl",
            '{"id": "a", "text": "x"}\r\n\r\n{"id": "b",  "text": "y\\u00fc"}',
            "a",
            '\r\n{"id": "b",  "text": "y\\u00fc"}',
        ),
        ("q.csv", "id,text\ra,x\rb,y\r", "a", "id,text\rb,y\r"),
        ("q.csv", 'id,text\na,x"y\nb,z', "b", 'id,text\na,x"y\n'),
    ],
)
def test_other_formats_and_line_ends(tmp_path: Path, name: str, text: str, gone: str, left: str) -> None:
    assert without(made(tmp_path, name, text), gone) == left


def test_lines_of_a_plain_file(tmp_path: Path) -> None:
    path = made(tmp_path, "q.txt", "red\n\nblue\u2028sky\r\nred")
    assert without(path, "q.txt:1", "q.txt:4", format="lines") == "\nblue\u2028sky\r\n"


def test_documents_and_ids_are_those_of_the_reader(tmp_path: Path) -> None:
    path = made(tmp_path, "q.csv", "nr,question,more\n7,red,x\n8,blue,y\n")
    fields = Fields(text="more", title="question")
    texts = [(document.id, document.title, document.text) for document in original(path, fields).documents]
    assert texts == [(document.id, document.title, document.text) for document in read([path], fields).documents]


def test_bad_rows_stay_in_any_encoding_of_single_bytes(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes(b'id,text\na,x\nb\nc,\nd,caf\xe9\ne,"y\n\n"z\nf,"last\nline"\n')
    found = original(path)
    assert [(document.id, document.text) for document in found.documents][:2] == [("a", "x"), ("d", "caf\u00e9")]
    assert b"".join(staying(found, ["a", "d"])) == b'id,text\nb\nc,\ne,"y\n\n"z\nf,"last\nline"\n'


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "cp1252"])
def test_rows_go_from_a_file_in_its_own_encoding(tmp_path: Path, encoding: str) -> None:
    text, less = ("id;text\r\na;für Größen\r\n" + rest for rest in ('b;"zwei\r\nZeilen"\r\nc;süß\r\n', "c;süß\r\n"))
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    (tmp_path / "q.csv").write_bytes(mark + text.encode(encoding))
    found = original(tmp_path / "q.csv")
    assert b"".join(staying(found, ["b"])) == mark + less.encode(encoding)
    assert {id: row.number for id, row in found.rows.items()} == {"a": 2, "b": 3, "c": 4}


def test_what_has_no_rows_or_not_this_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"page\.md "):
        original(made(tmp_path, "page.md", "# A\n\nb"))
    (tmp_path / "q.json").write_bytes(b'[{"text": "a"}]')
    with pytest.raises(InputError, match=r"q\.json"):
        original(tmp_path / "q.json")
    for path in ("-", tmp_path):
        with pytest.raises(InputError, match="CSV, TSV, JSONL"):
            original(path)
    with pytest.raises(InputError, match=r"none\.csv"):
        original("none.csv")
    path = made(tmp_path, "q.csv", "id,text\na,x\n")
    with pytest.raises(InputError, match=r"q\.csv .*'b'"):
        without(path, "b")
    with pytest.raises(InputError, match=r"'a' .*q\.csv:2 .*q\.csv:3\b"):
        original(made(tmp_path, "q.csv", "id,text\na,x\na,y\n"))
