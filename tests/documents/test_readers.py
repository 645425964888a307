import csv
import errno
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from askew.documents.fields import Fields
from askew.documents.files import HINT, Fate
from askew.documents.readers import Reading, read
from askew.documents.tables import NOT_UTF8
from askew.errors import InputError, UnknownNameError
from askew.types import Document


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


class TestWholeFiles:
    def test_a_text_file_is_one_document(self) -> None:
        assert docs("sub/a.TXT", "\ufeffOne.\r\nTwo.\n") == [Document("a.TXT", "One.\nTwo.")]

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
        assert docs("a.md", text) == [Document("a.md", body, title)]
        assert docs("a.markdown", text) == [Document("a.markdown", body, title)]

    @pytest.mark.parametrize("name", ["a.txt", "a.md"])
    def test_an_empty_file_is_refused_or_skipped(self, name: str) -> None:
        write(name, "\ufeff \n")
        assert re.match(rf"{name}: .*empty.* --skip-bad", refusal(name))
        write("b.txt", "Text.")
        reading = read([name, "b.txt"], skip_bad=True)
        assert [(file.fate, "empty" in file.reason) for file in reading.files] == [
            (Fate.SKIPPED, True),
            (Fate.READ, False),
        ]
        assert [document.id for document in reading.documents] == ["b.txt"]

    @pytest.mark.parametrize("name", ["a.lines", "a.jsonl", "a.tsv"])
    def test_what_is_no_utf8_is_named_with_its_line(self, name: str) -> None:
        write(name, '"text"\n{"text": "f\xfcr"}\n'.encode("latin-1"))
        told = refusal(name, format="lines" if name == "a.lines" else None, skip_bad=False)
        if name == "a.jsonl":
            assert re.match(r"a\.jsonl:1: .*JSON object", told)
        else:
            assert told.startswith(f"{name}:2: {NOT_UTF8}.")


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
        assert len(read(["docs"]).documents) == 1

    def test_a_folder_without_anything_to_read_is_refused(self) -> None:
        write("docs/a.png", "PNG")
        assert re.search(r"\bdocs\b.*: \.txt, \.md,", refusal("docs"))

    def test_the_same_name_in_two_folders_is_refused(self) -> None:
        write("one/a.txt", "Text.")
        write("two/a.txt", "Text.")
        assert f"'a.txt': {Path('one/a.txt')} and {Path('two/a.txt')}." in refusal("one", "two")


class TestPaths:
    def test_what_is_not_there_is_named(self) -> None:
        assert "gone.txt" in refusal("gone.txt")
        assert "gone/x" in refusal("gone/x")
        write("a.txt", "Text.")
        assert "a.txt/x.txt" in refusal("a.txt/x.txt")
        assert r"a\x00b.txt: " in refusal("a\0b.txt")
        assert "- for stdin" in refusal()

    def test_an_unknown_suffix_needs_a_format(self) -> None:
        write("a.log", "One.\nTwo.")
        formats = "txt, lines, md, csv, tsv, jsonl, pdf, docx, pptx, xlsx, xls, odt, ods, odp, html, mht, epub, "
        formats += "eml, mbox, msg"
        assert re.search(rf"a\.log.* --format .*{formats}", refusal("a.log"))
        assert [d.text for d in read(["a.log"], format="txt").documents] == ["One.\nTwo."]

    def test_an_unknown_format_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(UnknownNameError, match=r"no format 'json'\. Did you mean jsonl"):
            read([write("a.txt", "Text.")], format="json")

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read_is_named(self) -> None:
        Path(write("a.txt", "Text.")).chmod(0)
        assert re.match(rf"a\.txt: .*{os.strerror(errno.EACCES)}\.", refusal("a.txt"))

    def test_a_file_in_a_folder_that_cannot_be_read_is_skipped(self) -> None:
        Path("docs").mkdir()
        Path("docs/a.txt").symlink_to("nowhere")
        assert re.search(rf"{Path('docs/a.txt')} .*{os.strerror(errno.ENOENT)}", refusal("docs"))
        write("docs/b.txt", "Text.")
        assert [file.fate for file in read(["docs"]).files] == [Fate.SKIPPED, Fate.READ]

    @pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.tsv"])
    @pytest.mark.parametrize("text", ["", "\n", "\ufeff"])
    def test_files_without_documents_are_refused(self, name: str, text: str) -> None:
        assert re.match(f"{name}: no rows.* --skip-bad", refusal(write(name, text)))

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

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_the_delimiter_is_seen_in_the_header(self, delimiter: str) -> None:
        header = ["id", "a,b;c", "text"]
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows([header, ["1", "x", "a,b;c\td"]])
        assert docs("a.csv", out.getvalue()) == [Document("1", "a,b;c\td", metadata={"a,b;c": "x"})]

    def test_rows_without_an_id_have_the_line_where_they_begin(self) -> None:
        assert [d.id for d in docs("a.csv", 'text\n"one\ntwo"\n\nthree\n')] == ["a.csv:2", "a.csv:5"]

    def test_cells_that_are_numbers_become_numbers_and_nothing_else_does(self) -> None:
        cells = {"12": 12, "-3": -3, "0": 0, "3.5": 3.5, "-0.25": -0.25, "12.0": 12.0, "9" * 30: int("9" * 30)}
        strings = ["007", "1e5", "NaN", "1.50", "+1", "-0", ".5", "5.", "1_000", " 1", "٣", "true", "1" * 999]
        strings += ["0." + "3" * 30, "Infinity", "2020-01-01"]
        rows = "".join(f"T,{cell}\n" for cell in [*cells, *strings])
        found = [document.metadata["n"] for document in docs("a.csv", "text,n\n" + rows)]
        assert [(type(value), value) for value in found] == [
            (type(value), value) for value in [*cells.values(), *strings]
        ]

    def test_an_id_and_a_text_stay_as_they_are_written(self) -> None:
        assert docs("a.csv", "id,text,title\n007,12,3\n") == [Document("007", "12", "3")]

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ("2", r"is 1, .* 2$"),
            ("2,b,c", r"is 3, .* 2$"),
            ("2,", r"^'text' is empty"),
            (",b", r"^'id' is empty"),
            ('2,"b"c', r"CSV: ',' expected after '\"'$"),
            ("2,f\udcfcr", f"^{NOT_UTF8}$"),
        ],
    )
    def test_a_bad_row_is_refused_or_skipped(self, row: str, reason: str) -> None:
        write("a.csv", f"id,text\n1,a\n{row}\n3,c\n".encode("utf-8", "surrogateescape"))
        reading = read(["a.csv"], skip_bad=True)
        [skipped] = reading.skipped
        assert (skipped.source, skipped.line) == ("a.csv", 3)
        assert re.search(reason, skipped.reason)
        assert refusal("a.csv") == f"a.csv:3: {skipped.reason}. {HINT}"
        assert [document.id for document in reading.documents] == ["1", "3"]

    def test_a_quote_that_is_never_closed_tells_how_far_it_reaches(self) -> None:
        write("a.csv", 'text\none\n"two\nthree\nfour\n')
        [skipped] = read(["a.csv"], skip_bad=True).skipped
        assert (skipped.source, skipped.line) == ("a.csv", 3)
        assert skipped.reason.endswith("line 5")

    def test_two_columns_of_one_name_are_refused(self) -> None:
        write("a.csv", "text,a, a\nT,1,2\n")
        assert re.match(r"a\.csv:1: .*'a'", refusal("a.csv", skip_bad=True))

    def test_columns_without_a_name_are_left_out(self) -> None:
        assert docs("a.csv", ",text,\n0,T,x\n") == [Document("a.csv:2", "T")]

    def test_a_header_that_is_no_csv_is_refused(self) -> None:
        assert re.match(r"a\.csv:1: .*CSV: ", refusal(write("a.csv", '"te"xt\nT\n'), skip_bad=True))

    def test_a_long_cell_is_read_and_the_limit_of_others_is_left_alone(self) -> None:
        before = csv.field_size_limit(1000)
        try:
            assert len(docs("a.csv", f"text\n{'word ' * 100_000}\n")[0].text) == 500_000
            assert csv.field_size_limit() == 1000
        finally:
            csv.field_size_limit(before)

    def test_rows_of_empty_cells_only_are_no_rows(self) -> None:
        assert docs("a.csv", ",\nid,text\n,\n1,a\n,\n") == [Document("1", "a")]


class TestTsv:
    def test_quotes_are_signs_like_others(self) -> None:
        assert docs("a.tsv", 'id\ttext\n1\t"a", said she\r\n\n2\tb\n') == [
            Document("1", '"a", said she'),
            Document("2", "b"),
        ]

    def test_a_ragged_row_is_bad(self) -> None:
        assert re.match(r"a\.tsv:3: .*3, .*2\.", refusal(write("a.tsv", "id\ttext\n1\ta\n2\tb\tc\n")))


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
            Document("7", "Dogs\u2028and cats", "Pets", {"tags": ["a"], "year": 2020, "x": {"y": None}}),
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
            ('{"text": "b", "n": NaN}', "JSON: NaN "),
            ('{"text": "b", "n": -Infinity}', "JSON: -Infinity "),
            ('{"text": "b", "n": 1e999}', "JSON: .*1e999"),
            ('{"text": "b", "n": {"\\ud800": 1}}', "surrogate"),
            ('{"text": "b\\uDC00"}', "surrogate"),
            ('{"text": "f\udcfcr"}', f"^{NOT_UTF8}$"),
            ('{"text": "b", "a": 1, "metadata": {"a": 2}}', "^'a' .*'metadata'"),
        ],
    )
    def test_a_bad_row_is_refused_or_skipped(self, row: str, reason: str) -> None:
        write("a.jsonl", f'{{"text": "a"}}\n{row}\n{{"text": "c"}}\n'.encode("utf-8", "surrogateescape"))
        reading = read(["a.jsonl"], skip_bad=True)
        [skipped] = reading.skipped
        assert (skipped.source, skipped.line) == ("a.jsonl", 2)
        assert re.search(reason, skipped.reason)
        assert refusal("a.jsonl") == f"a.jsonl:2: {skipped.reason}. {HINT}"
        assert [document.text for document in reading.documents] == ["a", "c"]

    @pytest.mark.parametrize("id", ["null", "true", '""', '" "', "[1]"])
    def test_an_id_that_is_none_is_bad(self, id: str) -> None:
        write("a.jsonl", f'{{"text": "a", "id": {id}}}\n')
        assert refusal("a.jsonl").startswith("a.jsonl:1: 'id' is ")

    @pytest.mark.parametrize("depth", [65, 900, 1000, 100_000])
    @pytest.mark.parametrize(("opening", "closing"), ["[]", ('{"a": [', "]}")])
    def test_json_too_deep_to_store_is_bad(self, opening: str, closing: str, depth: int) -> None:
        nested = opening * depth + closing * depth
        write("a.jsonl", f'{{"text": "a", "metadata": {{"n": {nested}}}}}\n{{"text": "\\u00e9", "n": {nested}}}')
        assert re.match(r"a\.jsonl:1: .*JSON: ", refusal("a.jsonl"))

    def test_an_id_with_a_nul_is_bad(self) -> None:
        write("a.jsonl", '{"text": "a", "id": "x\\u0000"}\n')
        assert refusal("a.jsonl").startswith("a.jsonl:1: 'id' contains a NUL")

    def test_a_whole_surrogate_pair_is_a_character(self) -> None:
        assert docs("a.jsonl", '{"text": "\\ud83d\\ude42"}')[0].text == "🙂"

    def test_an_id_given_twice_is_refused_with_both_places(self) -> None:
        write("a.jsonl", '{"id": 1, "text": "a"}\n')
        write("b.csv", "id,text\n2,b\n1,c\n")
        assert "'1': a.jsonl:1 and b.csv:3." in refusal("a.jsonl", "b.csv", skip_bad=True)


class TestFields:
    @pytest.mark.parametrize(
        "name", ["text", "content", "body", "passage", "question", "answer", "sentence", "description"]
    )
    def test_the_text_has_many_names(self, name: str) -> None:
        assert docs("a.csv", f"x,{name},title\n1,Text.,T\n") == [Document("a.csv:2", "Text.", "T", {"x": 1})]

    def test_the_first_of_them_is_taken_and_the_others_are_metadata(self) -> None:
        assert docs("a.csv", "answer,question\nA,Q\n") == [Document("a.csv:2", "Q", metadata={"answer": "A"})]

    def test_which_field_is_the_text_holds_for_the_whole_file(self) -> None:
        write("a.jsonl", '{"answer": "A"}\n{"answer": "A", "question": "Q"}\n')
        assert refusal("a.jsonl").startswith("a.jsonl:1: 'question' is missing")

    @pytest.mark.parametrize("header", ["phrase", "id,phrase", "phrase,_id"])
    def test_a_single_column_is_the_text(self, header: str) -> None:
        assert docs("a.csv", f"{header}\n" + ",".join("T" for _ in header.split(",")))[0].text == "T"

    def test_a_title_alone_is_the_text(self) -> None:
        assert docs("a.csv", "id,title\n1,T\n") == [Document("1", "T")]

    def test_where_no_field_is_known_they_are_listed(self) -> None:
        assert re.match(r"a\.csv: .* --text-field .*: left, right\.", refusal(write("a.csv", "id,left,right\n1,a,b\n")))

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
