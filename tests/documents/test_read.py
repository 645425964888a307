import csv
import errno
import io
import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from helpers import office
from helpers.http import listening
from helpers.office import ONE, Part

from askew.documents.columns import Fields
from askew.documents.contents import Limits
from askew.documents.formats.draft import Draft, UnusableError
from askew.documents.formats.parsing import parse
from askew.documents.read import HINT, UNKNOWN, Fate, File, Reading, files, read, rows_of
from askew.documents.sources import FORMATS, NOT_REGULAR, find
from askew.errors import InputError, UnknownNameError
from askew.progress import Progress
from askew.types import Document, page_of


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the working directory, so that messages name files without a path."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str | bytes) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def docs(name: str, content: str | bytes, /, **options: Any) -> list[Document]:
    fields = Fields(**{key: options.pop(key) for key in list(options) if key in Fields.__dataclass_fields__})
    return read([write(name, content)], fields, **options).documents


def refusal(*paths: str | Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(paths, options.pop("fields", Fields()), **options)
    return str(caught.value)


pytestmark = pytest.mark.usefixtures("here")


def bare(documents: list[Document]) -> list[Document]:
    """Without metadata."""
    return [Document(one.id, one.text, one.title) for one in documents]


class TestWholeFiles:
    def test_a_text_file_is_one_document(self) -> None:
        assert bare(docs("sub/a.TXT", "\ufeffOne.\r\nTwo.\n")) == [Document("a.TXT", "One.\nTwo.")]

    def test_the_file_system_says_more(self, tmp_path: Path) -> None:
        write("box/one/deep/a.MD", "---\nsuffix: mine\n---\nOne.")
        os.utime("box/one/deep/a.MD", (1_700_000_000, 1_700_000_000))
        [document] = read(["box"]).documents
        assert document.metadata == {
            "path": "one/deep/a.MD",
            "folders": ["one", "deep"],
            "suffix": "mine",
            "modified": "2023-11-14T22:13:20+00:00",
        }

    @pytest.mark.parametrize(
        ("text", "title", "body"),
        [
            ("\n# Pets \n\nYes.\n", "Pets", "Yes."),
            ("# Pets\r\n## Dogs\r\nYes.", "Pets", "## Dogs\n\nYes."),
            ("Intro.\n# Pets\nYes.", "Pets", "Intro.\n\n# Pets\n\nYes."),
            ("## Pets\nYes.", "Pets", "## Pets\n\nYes."),
            ("#Pets\nYes.", "", "#Pets\nYes."),
            ("# Pets\n", "Pets", "# Pets"),
        ],
    )
    def test_the_first_heading_of_markdown_is_the_title(self, text: str, title: str, body: str) -> None:
        assert bare(docs("a.md", text)) == [Document("a.md", body, title)]
        assert bare(docs("a.markdown", text)) == [Document("a.markdown", body, title)]

    @pytest.mark.parametrize("name", ["a.txt", "a.md"])
    def test_an_empty_file_is_skipped_or_refused(self, name: str) -> None:
        write(name, "\ufeff \n")
        assert re.match(rf"{name}: .*empty.* --strict", refusal(name, strict=True))
        write("b.txt", "Text.")
        reading = read([name, "b.txt"])
        assert [(file.fate, "empty" in file.reason) for file in reading.files] == [
            (Fate.SKIPPED, True),
            (Fate.READ, False),
        ]
        assert [document.id for document in reading.documents] == ["b.txt"]

    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a.lines", "a.jsonl", "a.csv", "a.tsv"])
    @pytest.mark.parametrize(("encoding", "said"), [("cp1252", "windows-1252"), ("utf-16", "utf-16")])
    def test_another_encoding_is_read_and_said(self, name: str, encoding: str, said: str) -> None:
        sentence = "Für Öl und Käse zahlen Gäste 5 € – täglich."
        rows = {"a.jsonl": json.dumps({"text": sentence}, ensure_ascii=False), "a.csv": f'text\n"{sentence}"\n'}
        write(name, rows.get(name, f"text\n{sentence}\n").encode(encoding))
        reading = read([name], format="lines" if name == "a.lines" else None)
        assert sentence in reading.documents[-1].text
        assert f"read as {said}" in reading.files[0].notes

    def test_an_encoding_may_be_forced(self) -> None:
        write("a.txt", "Ïðèâåò".encode("cp1252"))
        assert read(["a.txt"], encoding="windows-1251").documents[0].text == "Привет"
        assert "no encoding 'nonsense'" in refusal("a.txt", encoding="nonsense")


class TestFolders:
    def test_a_folder_is_read_with_all_that_is_in_it_in_order(self) -> None:
        for name in (
            "docs/b/z.md",
            "docs/b.txt",
            "docs/a/x.TXT",
            "docs/.hidden.md",
            "docs/.git/c.txt",
            "docs/old.askew/d.txt",
        ):
            write(name, "Text.")
        write("docs/t.csv", "text\nText.\n")
        write("docs/a/picture.png", b"\x89PNG")
        reading = read(["docs"])
        assert [document.id for document in reading.documents] == ["a/x.TXT", "b/z.md", "b.txt", "t.csv:2"]
        assert [file.path for file in reading.files if file.fate == Fate.IGNORED] == [str(Path("docs/a/picture.png"))]

    def test_a_format_holds_for_every_file(self) -> None:
        write("docs/a.log", "One.\n\nTwo.\n")
        reading = read(["docs"], format="lines")
        assert [(d.id, d.text) for d in reading.documents] == [("a.log:1", "One."), ("a.log:3", "Two.")]
        assert [file.fate for file in reading.files] == [Fate.READ]

    def test_a_link_in_a_circle_does_no_harm(self) -> None:
        write("docs/a.txt", "Text.")
        Path("docs/circle").symlink_to(Path("docs").absolute(), target_is_directory=True)
        Path("docs/up").symlink_to(Path.cwd(), target_is_directory=True)
        assert [document.id for document in read(["docs"]).documents] == ["a.txt"]

    def test_a_link_to_a_folder_outside_is_followed_once(self) -> None:
        write("away/deep/b.txt", "Text.")
        write("docs/inner/a.txt", "Text.")
        Path("docs/inner/back").symlink_to(Path("docs").absolute(), target_is_directory=True)
        for name in ("link", "second"):
            Path("docs", name).symlink_to(Path("away").absolute(), target_is_directory=True)
        assert [document.id for document in read(["docs"]).documents] == ["inner/a.txt", "link/deep/b.txt"]

    def test_a_folder_without_anything_to_read_is_refused(self) -> None:
        write("docs/a.png", "PNG")
        assert re.search(r"\bdocs\b.*: \.txt, .*\.md,", refusal("docs"))

    def test_the_same_name_in_two_folders_is_refused(self) -> None:
        write("one/a.txt", "Text.")
        write("two/a.txt", "Text.")
        assert f"'a.txt' is given twice: {Path('one/a.txt')} and {Path('two/a.txt')}." in refusal("one", "two")


class TestPaths:
    def test_what_is_not_there_is_named(self) -> None:
        assert "gone.txt" in refusal("gone.txt")
        assert "gone/x" in refusal("gone/x")
        write("a.txt", "Text.")
        assert "a.txt/x.txt" in refusal("a.txt/x.txt")
        assert r"a\x00b.txt: " in refusal("a\0b.txt")
        assert "- for stdin" in refusal()

    def test_an_unknown_suffix_needs_a_format(self) -> None:
        write("a.dat", "One.\nTwo.")
        assert re.search(rf"a\.dat.* --format .*{', '.join(FORMATS)}", refusal("a.dat"))
        assert [d.text for d in read(["a.dat"], format="txt").documents] == ["One.\nTwo."]

    def test_an_unknown_format_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(UnknownNameError, match=r"no format 'jsonll'\. Did you mean jsonl"):
            read([write("a.txt", "Text.")], format="jsonll")

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read_is_named(self) -> None:
        Path(write("a.txt", "Text.")).chmod(0)
        assert re.match(rf"a\.txt: .*{os.strerror(errno.EACCES)}\.", refusal("a.txt", strict=True))

    def test_a_file_in_a_folder_that_cannot_be_read_is_skipped(self) -> None:
        Path("docs").mkdir()
        Path("docs/a.txt").symlink_to("nowhere")
        assert re.search(rf"{Path('docs/a.txt')} .*{os.strerror(errno.ENOENT)}", refusal("docs"))
        write("docs/b.txt", "Text.")
        assert [file.fate for file in read(["docs"]).files] == [Fate.SKIPPED, Fate.READ]

    @pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.tsv"])
    @pytest.mark.parametrize("text", ["", "\n", "\ufeff"])
    def test_files_without_documents_are_refused(self, name: str, text: str) -> None:
        assert re.match(f"{name}: no rows.* --strict", refusal(write(name, text), strict=True))
        assert re.match(rf"No documents in {name}: .*no rows", refusal(name))

    def test_a_header_alone_has_no_documents(self) -> None:
        assert re.search(r"a\.csv: a\.csv .*no rows", refusal(write("a.csv", "id,text\n"), skip_bad=True))

    def test_if_every_row_is_skipped_the_first_reason_is_told(self) -> None:
        write("a.jsonl", '{"text": ""}\n{"text": 1}\n')
        assert re.search(r"a\.jsonl: all 2 rows .*a\.jsonl:1.*'text' is empty", refusal("a.jsonl", skip_bad=True))


class TestStdin:
    def given(self, monkeypatch: pytest.MonkeyPatch, data: bytes, format: str | None = None) -> Reading:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return read(["-"], format=format)

    def test_its_lines_are_documents(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = self.given(monkeypatch, "Ä one.\r\n \n two \n".encode()).documents
        assert found == [Document("stdin:1", "Ä one."), Document("stdin:3", "two")]

    def test_it_can_have_any_format(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.given(monkeypatch, b"text,n\nOne.,2\n", "csv").documents == [
            Document("stdin:2", "One.", metadata={"n": 2})
        ]
        assert self.given(monkeypatch, b"# T\nOne.", "md").documents == [Document("stdin", "One.", "T")]


class TestCsv:
    def test_fields_find_their_places(self) -> None:
        text = 'year,title,id,text\n2020,Pets,p1,"Dogs, and\ncats"\n\n,,p2,Birds\n'
        assert docs("a.csv", text) == [
            Document("p1", "Dogs, and\ncats", "Pets", {"year": 2020}),
            Document("p2", "Birds", "", {}),
        ]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter_is_judged_by_the_rows(self, delimiter: str) -> None:
        header = ["id", "a,b;c", "text"]
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows([header, ["1", "x", "a,b;c\td"], ["2", "y", "e, f"]])
        assert docs("a.csv", out.getvalue()) == [
            Document("1", "a,b;c\td", metadata={"a,b;c": "x"}),
            Document("2", "e, f", metadata={"a,b;c": "y"}),
        ]

    def test_rows_without_an_id_have_the_line_where_they_begin(self) -> None:
        assert [d.id for d in docs("a.csv", 'text\n"one\ntwo"\n\nthree\n')] == ["a.csv:2", "a.csv:5"]

    def test_a_column_has_one_type(self) -> None:
        text = "text,price,code,sold,day\nT,9.99,007,true,31/12/2024\nT,10.00,12,FALSE,01/02/2025\nT,n/a,13,,\n"
        assert [document.metadata for document in docs("a.csv", text)] == [
            {"price": 9.99, "code": "007", "sold": True, "day": "2024-12-31"},
            {"price": 10.0, "code": "12", "sold": False, "day": "2025-02-01"},
            {"code": "13"},
        ]

    def test_an_id_and_a_text_stay_as_they_are_written(self) -> None:
        assert docs("a.csv", "id,text,title\n007,12,3\n") == [Document("007", "12", "3")]

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("2", r"is 1, .* 2$"),
            ("2,b,c", r"is 3, .* 2$"),
            ("2,", r"^'text' is empty"),
        ],
    )
    def test_a_bad_row_is_refused_or_skipped(self, row: str, reason: str) -> None:
        write("a.csv", f"id,text\n1,a\n{row}\n3,c\n".encode("utf-8", "surrogateescape"))
        reading = read(["a.csv"])
        [skipped] = reading.skipped
        assert (skipped.source, skipped.line) == ("a.csv", 3)
        assert re.search(reason, skipped.reason)
        assert refusal("a.csv", strict=True) == f"a.csv:3: {skipped.reason}. {HINT}"
        assert [document.id for document in reading.documents] == ["1", "3"]

    def test_a_quote_that_is_never_closed_costs_its_line(self) -> None:
        write("a.csv", 'id,text\n1,one\n2,"two, or\n3,three\n4,four\n')
        reading = read(["a.csv"])
        assert [(row.source, row.line) for row in reading.skipped] == [("a.csv", 3)]
        assert [document.id for document in reading.documents] == ["1", "3", "4"]

    def test_columns_of_one_name_are_numbered(self) -> None:
        assert docs("a.csv", "text,a, a\nT,1,2\n") == [Document("a.csv:2", "T", metadata={"a": 1, "a 2": 2})]

    def test_a_column_that_counts_the_rows_is_left_out_and_another_without_a_name_numbered(self) -> None:
        write("a.csv", ",text,\n0,T,x\n1,U,y\n")
        reading = read(["a.csv"])
        assert [document.metadata for document in reading.documents] == [{"column 3": "x"}, {"column 3": "y"}]
        assert len(reading.files[0].left_out) == 1

    def test_a_header_that_is_no_csv_is_refused(self) -> None:
        assert re.match(r"a\.csv: line 1: .*CSV: ", refusal(write("a.csv", '"te"xt\nT\n'), strict=True))

    def test_a_long_cell_is_read_and_the_limit_of_others_is_left_alone(self) -> None:
        before = csv.field_size_limit(1000)
        try:
            assert len(docs("a.csv", f"text\n{'word ' * 100_000}\n")[0].text) == 500_000
            assert csv.field_size_limit() == 1000
        finally:
            csv.field_size_limit(before)

    def test_rows_of_empty_cells_only_are_no_rows(self) -> None:
        assert docs("a.csv", ",\nid,text\n,\n1,a\n,\n") == [Document("1", "a")]

    def test_quotes_are_those_of_csv_where_they_enclose_a_cell(self) -> None:
        assert docs("a.tsv", 'id\ttext\n1\t"a", said she\r\n\n2\t"one\r\ntwo"\n3\t"the ""third"""\n') == [
            Document("1", '"a", said she'),
            Document("2", "one\ntwo"),
            Document("3", 'the "third"'),
        ]

    def test_a_ragged_row_is_bad(self) -> None:
        assert re.match(r"a\.tsv:3: .*3, .*2\.", refusal(write("a.tsv", "id\ttext\n1\ta\n2\tb\tc\n"), strict=True))


class TestJsonl:
    @pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson"])
    def test_fields_find_their_places(self, name: str) -> None:
        rows = [
            {
                "_id": 7,
                "title": "Pets",
                "text": "Dogs\u2028and cats",
                "tags": ["a"],
                "metadata": {"year": 2020, "x": {"y": None}},
            },
            {"_id": "b", "title": None, "text": "Birds", "metadata": "none"},
        ]
        assert docs(name, "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows)) == [
            Document("7", "Dogs\nand cats", "Pets", {"tags": ["a"], "year": 2020, "x": {"y": None}}),
            Document("b", "Birds", "", {"metadata": "none"}),
        ]

    def test_without_ids_they_are_lines(self) -> None:
        assert [d.id for d in docs("a.jsonl", '\n{"text": "a"}\n{"text": "b"}')] == ["a.jsonl:2", "a.jsonl:3"]

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ('{"text": "b"', r"JSON: Expecting ',' delimiter .*column 13$"),
            ('["b"]', r'JSON object .*{"text": "…"}$'),
            ('{"text": 5}', "'text' is 5;"),
            ('{"text": true}', "'text' is true;"),
            ('{"text": null}', "'text' is null;"),
            ('{"text": ["b"]}', "'text' is a list;"),
            ('{"text": " "}', "'text' is empty;"),
            ('{"other": "b"}', "'text' is missing;"),
            ('{"text": "b", "title": {}}', "'title' is an object;"),
            ('{"text": "b", "n": {"\\ud800": 1}}', "surrogate"),
            ('{"text": "b\\uDC00"}', "surrogate"),
            ('{"text": "b", "a": 1, "metadata": {"a": 2}}', "^'a' .*'metadata'"),
        ],
    )
    def test_a_bad_row_is_refused_or_skipped(self, row: str, reason: str) -> None:
        write("a.jsonl", f'{{"text": "a"}}\n{row}\n{{"text": "c"}}\n'.encode("utf-8", "surrogateescape"))
        reading = read(["a.jsonl"], skip_bad=True)
        [skipped] = reading.skipped
        assert (skipped.source, skipped.line) == ("a.jsonl", 2)
        assert re.search(reason, skipped.reason)
        assert refusal("a.jsonl", strict=True) == f"a.jsonl:2: {skipped.reason}. {HINT}"
        assert [document.text for document in reading.documents] == ["a", "c"]

    @pytest.mark.parametrize("id", ["null", '""', '" "'])
    def test_a_row_without_an_id_has_its_number_unless_the_field_was_named(self, id: str) -> None:
        write("a.jsonl", f'{{"text": "a", "id": {id}}}\n{{"text": "b", "id": "x"}}\n')
        assert [document.id for document in read(["a.jsonl"]).documents] == ["a.jsonl:1", "x"]
        assert refusal("a.jsonl", fields=Fields(id="id"), strict=True).startswith("a.jsonl:1: 'id' is ")

    @pytest.mark.parametrize("id", ["true", "[1]"])
    def test_an_id_that_is_none_is_bad(self, id: str) -> None:
        write("a.jsonl", f'{{"text": "a", "id": {id}}}\n')
        assert refusal("a.jsonl", strict=True).startswith("a.jsonl:1: 'id' is ")

    @pytest.mark.parametrize("depth", [65, 900, 1000, 100_000])
    @pytest.mark.parametrize(("opening", "closing"), ["[]", ('{"a": [', "]}")])
    def test_json_too_deep_to_store_is_bad(self, opening: str, closing: str, depth: int) -> None:
        nested = opening * depth + closing * depth
        write("a.jsonl", f'{{"text": "a", "metadata": {{"n": {nested}}}}}\n{{"text": "\\u00e9", "n": {nested}}}')
        assert re.match(r"a\.jsonl:1: .*JSON: ", refusal("a.jsonl", strict=True))

    def test_an_id_with_a_nul_is_bad(self) -> None:
        write("a.jsonl", '{"text": "a", "id": "x\\u0000"}\n')
        assert refusal("a.jsonl", strict=True).startswith("a.jsonl:1: 'id' contains a NUL")

    def test_a_whole_surrogate_pair_is_a_character(self) -> None:
        assert docs("a.jsonl", '{"text": "\\ud83d\\ude42"}')[0].text == "🙂"

    def test_an_id_given_twice_is_refused_with_both_places(self) -> None:
        write("a.jsonl", '{"id": 1, "text": "a"}\n')
        write("b.csv", "id,text\n2,b\n1,c\n")
        assert "'1' is given twice: a.jsonl:1 and b.csv:3." in refusal("a.jsonl", "b.csv", skip_bad=True)


class TestFields:
    @pytest.mark.parametrize(
        "name", ["text", "content", "body", "passage", "question", "answer", "sentence", "description"]
    )
    def test_the_text_has_many_names(self, name: str) -> None:
        assert docs("a.csv", f"x,{name},title\n1,Text.,T\n") == [Document("a.csv:2", "Text.", "T", {"x": 1})]

    def test_a_question_and_its_answer_are_one_text_unless_they_are_wanted_apart(self) -> None:
        text = "Answer,QUESTION ,x\nA,Q,1\n"
        assert docs("a.csv", text) == [Document("a.csv:2", "QUESTION: Q\nAnswer: A", metadata={"x": 1})]
        assert docs("a.csv", text, pair="question") == [Document("a.csv:2", "Q", metadata={"Answer": "A", "x": 1})]
        assert docs("a.csv", text, pair="apart") == [Document("a.csv:2", "A", "Q", {"x": 1})]

    def test_which_field_is_the_text_holds_for_the_whole_file(self) -> None:
        write("a.jsonl", '{"body": "A"}\n{"body": "A", "text": "Q"}\n')
        assert refusal("a.jsonl", strict=True).startswith("a.jsonl:1: 'text' is missing")

    @pytest.mark.parametrize("header", ["phrase", "id,phrase", "phrase,_id"])
    def test_a_single_column_is_the_text(self, header: str) -> None:
        assert docs("a.csv", f"{header}\n" + ",".join("T" for _ in header.split(",")))[0].text == "T"

    def test_a_title_alone_is_the_text(self) -> None:
        assert docs("a.csv", "id,title\n1,T\n") == [Document("1", "T")]

    def test_where_no_field_is_known_all_that_hold_text_are_one(self) -> None:
        write("a.csv", "id,left,right,n\n1,a,b,7\n2,,c,8\n3,,,9\n")
        reading = read(["a.csv"])
        assert [(one.id, one.text) for one in reading.documents] == [
            ("1", "left: a\nright: b"),
            ("2", "right: c"),
            ("3", "9"),
        ]
        assert reading.documents[0].metadata == {"left": "a", "right": "b", "n": 7}
        assert reading.files[0].notes == ("text: left + right; title: -; id: id; 3 other columns are metadata",)

    def test_several_may_be_named(self) -> None:
        text = "id,left,right,n\n1,a,b,7\n"
        assert docs("a.csv", text, text=("RIGHT", "left")) == [Document("1", "right: b\nleft: a", metadata={"n": 7})]
        assert docs("a.jsonl", '{"answer": {"text": "T", "n": 1}}\n', text="answer.text")[0].text == "T"

    def test_named_fields_come_first(self) -> None:
        text = "id,text,left,right,year\n1,no,L,R,5\n"
        assert docs("a.csv", text, id="right", text="left", title="text", metadata=("year", "right")) == [
            Document("R", "L", "no", {"year": 5, "right": "R"})
        ]
        assert docs("a.csv", text, text="id", metadata=()) == [Document("a.csv:2", "1")]

    def test_named_metadata_may_be_in_some_rows_only_or_within_the_object(self) -> None:
        text = '{"text": "a", "n": 1, "m": 2}\n{"text": "b", "metadata": {"n": 3, "text": "t"}}\n'
        assert [d.metadata for d in docs("a.jsonl", text, metadata=("n",))] == [{"n": 1}, {"n": 3}]
        assert [d.metadata for d in docs("a.jsonl", text, metadata=("text",))] == [{"text": "a"}, {"text": "t"}]

    @pytest.mark.parametrize("part", ["id", "text", "title", "metadata"])
    def test_a_named_field_that_is_not_there_is_refused_with_the_nearest(self, part: str) -> None:
        fields = Fields(**{part: ("headlin",) if part == "metadata" else "headlin"})
        for name, text in (("a.csv", "\nheadline,text\nH,T\n"), ("a.jsonl", '\n{"headline": "H", "text": "T"}\n')):
            assert re.match(
                f"{name}:2: .*'headlin'.*headline", refusal(write(name, text), fields=fields, skip_bad=True)
            )


def test_a_page_comes_through_stdin_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"<h1>Leave</h1><p>Text.")))
    assert read(["-"], format="html").documents == [Document("stdin", "# Leave\n\nText.", "Leave")]


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
        read([folder / f"a.{format}"], strict=True)
    assert str(caught.value) == f"{folder / f'a.{format}'}: {bad.reason}. {HINT}"
    assert len(read([folder / f"a.{format}", folder / "b.txt"]).documents) == 1


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
    assert found == {
        "good.pdf": "read",
        "large.html": "read",
        "more.zip": UNKNOWN,
        "scanned.pdf": "no text: 1 empty page",
    }
    assert "14,000 bytes" in fates(tmp_path, limits=Limits(size=14_000))["large.html"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    put(tmp_path, a_txt=b"Text.")
    os.mkfifo(tmp_path / "b.txt")
    os.mkfifo(tmp_path / "c.pdf")
    assert fates(tmp_path) == {"a.txt": "read", "b.txt": NOT_REGULAR, "c.pdf": NOT_REGULAR}
    with pytest.raises(InputError, match=rf"b\.txt: {NOT_REGULAR}"):
        read([tmp_path / "b.txt"], strict=True)


def test_a_table_in_a_folder_needs_no_known_columns_and_named_ones_must_be_there(tmp_path: Path) -> None:
    put(tmp_path, a_csv=b"left,right\n1,2\n", b_txt=b"Text.", d_csv=b"text\n", e_json=b'{"port": 80}')
    found = fates(tmp_path)
    assert found["a.csv"] == found["b.txt"] == "read"
    assert "no rows" in found["d.csv"]
    assert "no rows" in found["e.json"]
    assert {file.id: file.fate for file in read([tmp_path]).files}["e.json"] == Fate.IGNORED
    with pytest.raises(InputError, match="'body'"):
        read([tmp_path], Fields(text="body"))


def test_a_bad_row_costs_the_row_in_a_folder_too(tmp_path: Path) -> None:
    put(tmp_path, a_csv=b"id,text\n1,red\n2,\n", b_csv=b"id,text\n1,blue\n", c_csv=b"id,text\n5,grey\n3,green\n")
    reading = read([tmp_path])
    assert [file.fate for file in reading.files] == [Fate.READ] * 3
    assert [(row.source, row.line) for row in reading.skipped] == [(str(tmp_path / "a.csv"), 3)]
    assert [document.id for document in reading.documents] == ["1", "b.csv:2", "5", "3"]
    assert "given twice" in reading.files[1].notes[-1]
    with pytest.raises(InputError, match=r"a.csv:3: 'text' is empty"):
        read([tmp_path], strict=True)
    with pytest.raises(InputError, match=r"'1' is given twice: .*a\.csv:2 .*b\.csv:2"):
        read([tmp_path / "a.csv", tmp_path / "b.csv"])


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


def test_a_workbook_with_a_column_of_texts_is_rows_and_any_other_a_document(tmp_path: Path) -> None:
    faq = office.xlsx(
        {"FAQ": [["Question", "Answer", "Year"], ["Open?", "Until six.", 2024], ["Closed?", "No.", None]]}
    )
    put(tmp_path, faq_xlsx=faq, plan_xlsx=office.xlsx({"Plan": [["Day", "Who"], ["Monday", "Ann"]]}))
    rows, whole_book = read([tmp_path / "faq.xlsx"]), read([tmp_path / "plan.xlsx"])
    assert rows.documents[0] == Document(
        "faq.xlsx:2", "Question: Open?\nAnswer: Until six.", metadata={"Year": 2024, "sheet": "FAQ", "row": 2}
    )
    assert len(rows.documents) == 2
    assert [document.id for document in whole_book.documents] == ["plan.xlsx"]
    assert [one.text for one in read([tmp_path / "plan.xlsx"], rows=True).documents] == ["Day: Monday\nWho: Ann"]
    assert rows_of(tmp_path / "plan.xlsx").names == ("Day", "Who")


def test_parquet_is_rows_with_its_own_types(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {"id": [1, 2], "text": ["red", None], "price": [1.5, None], "day": [date(2024, 5, 1), None]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    reading = read([tmp_path / "a.parquet"])
    assert reading.documents == [Document("1", "red", metadata={"price": 1.5, "day": "2024-05-01"})]
    assert [row.line for row in reading.skipped] == [2]


def test_the_names_that_a_parquet_file_states_are_its_header_and_bytes_are_texts_or_said(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {"term": [b"index", b"term"], "definition": ["a list", "a word"], "picture": [b"\xff\xd8", None]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    reading = read([tmp_path / "a.parquet"], Fields(text="definition"))
    assert [(one.text, one.metadata) for one in reading.documents] == [
        ("a list", {"term": "index"}),
        ("a word", {"term": "term"}),
    ]
    assert len(reading.files[0].left_out) == 1
    assert "'picture'" in reading.files[0].left_out[0]


def test_what_is_hidden_in_a_workbook_of_rows_is_said(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["id", "text"], [1, "red"], [2, "blue"]):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    book.active["B3"].comment = openpyxl.comments.Comment("Ask Ann.", "Bob")
    book.save(tmp_path / "a.xlsx")
    reading = read([tmp_path / "a.xlsx"])
    assert [one.text for one in reading.documents] == ["blue"]
    assert reading.files[0].left_out == ("1 hidden row", "1 block of text beside the cells")


@pytest.mark.parametrize(("text", "word"), [(" \n", "empty"), ("\0" * 9, "binary")])
def test_what_is_no_text_has_a_reason(text: str, word: str) -> None:
    with pytest.raises(UnusableError, match=word):
        parse(text.encode(), "txt")


def test_a_whole_text_has_one_kind_of_line_and_no_signs_that_cannot_be_seen() -> None:
    assert parse("one\ftwo\rthr\u00adee\r\nfour\u200e".encode(), "txt") == Draft("one\ntwo\nthree\nfour")
    assert parse(b"# Pets\n\nYes.", "md") == Draft("Yes.", "Pets")


def test_skipping_and_refusing_exclude_each_other(tmp_path: Path) -> None:
    put(tmp_path, a_txt=b"Text.")
    with pytest.raises(InputError, match=r"--skip-bad.*--strict"):
        read([tmp_path], skip_bad=True, strict=True)
