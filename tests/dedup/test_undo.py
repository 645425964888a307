import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askew.dedup.clean import original
from askew.dedup.removals import Removal, read, remove
from askew.dedup.undo import Undone, undo
from askew.errors import InputError

TEXT = b"id,text\na,red\nb,red\nc,red\nd,kayak\ne,canoe\nf,canoe"
GONE = [Removal("b", "g1", "a", 0.9), Removal("c", "g1", "a", 0.9), Removal("f", "g2", "e", 0.9)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("q.csv").write_bytes(TEXT)
    remove(original("q.csv"), GONE, "clean.csv", "gone.jsonl")
    return tmp_path


def test_all_of_it_gives_the_original(here: Path) -> None:
    assert undo("gone.jsonl", "clean.csv", "back.csv", every=True) == Undone(("b", "c", "f"), 0, 0)
    assert Path("back.csv").read_bytes() == TEXT


def test_some_rows_by_id_or_group_and_more_of_them_later(here: Path) -> None:
    assert undo("gone.jsonl", "clean.csv", "clean.csv", ids=["c"]) == Undone(("c",), 2, 0)
    assert Path("clean.csv").read_bytes() == b"id,text\na,red\nc,red\nd,kayak\ne,canoe\n"
    assert undo("gone.jsonl", "clean.csv", "clean.csv", groups=["g2"], ids=["c"]) == Undone(("f",), 1, 0)
    assert Path("clean.csv").read_bytes() == b"id,text\na,red\nc,red\nd,kayak\ne,canoe\nf,canoe"
    assert undo("gone.jsonl", "clean.csv", "clean.csv", every=True) == Undone(("b",), 0, 0)
    assert Path("clean.csv").read_bytes() == TEXT
    assert undo("gone.jsonl", "clean.csv", "clean.csv", every=True) == Undone((), 0, 0)


def test_rows_that_were_added_at_the_end_stay_there(here: Path) -> None:
    with Path("clean.csv").open("ab") as file:
        file.write(b"g,new\n")
    assert undo("gone.jsonl", "clean.csv", "clean.csv", groups=["g2"]) == Undone(("f",), 2, 6)
    assert Path("clean.csv").read_bytes() == b"id,text\na,red\nd,kayak\ne,canoe\nf,canoe\ng,new\n"
    undo("gone.jsonl", "clean.csv", "clean.csv", every=True)
    assert Path("clean.csv").read_bytes() == TEXT + b"\ng,new\n"


@pytest.mark.parametrize(
    "edited",
    [
        b"id,text\na,red\nd,kayaks\ne,canoe\n",
        b"id,text\na,red\nd,kayak\ne,canoe",
        b"id,text\na,red\ne,canoe\nd,kayak\n",
        b"",
    ],
)
def test_a_file_that_was_changed_elsewhere_is_refused(here: Path, edited: bytes) -> None:
    Path("clean.csv").write_bytes(edited)
    with pytest.raises(InputError, match=r"^clean\.csv .*\bgone\.jsonl\b"):
        undo("gone.jsonl", "clean.csv", "clean.csv", every=True)
    assert Path("clean.csv").read_bytes() == edited


def test_a_cell_that_was_made_longer_at_the_very_end_is_no_row_that_was_added(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes(b"id,text\na,red\nb,red\nc,ka")
    remove(original(path), GONE[:1], path, tmp_path / "gone.jsonl")
    path.write_bytes(path.read_bytes() + b"yak")
    with pytest.raises(InputError, match=r"q\.csv .*gone\.jsonl"):
        undo(tmp_path / "gone.jsonl", path, path, every=True)


def test_the_original_itself_has_nothing_to_put_back(here: Path) -> None:
    assert undo("gone.jsonl", "q.csv", "back.csv", every=True) == Undone((), 0, 0)
    assert Path("back.csv").read_bytes() == TEXT


def test_a_line_of_the_log_that_was_never_finished_does_not_count(here: Path) -> None:
    with Path("gone.jsonl").open("ab") as file:
        file.write(b'{"sha256": "12')
    undo("gone.jsonl", "clean.csv", "clean.csv", ids=["b"])
    assert len(read("gone.jsonl").states) == 2
    undo("gone.jsonl", "clean.csv", "clean.csv", every=True)
    assert Path("clean.csv").read_bytes() == TEXT


def test_names_that_the_log_does_not_know_are_refused(here: Path) -> None:
    with pytest.raises(InputError, match="'x'"):
        undo("gone.jsonl", "clean.csv", "clean.csv", ids=["x"])
    with pytest.raises(InputError, match="'g9'"):
        undo("gone.jsonl", "clean.csv", "clean.csv", groups=["g9"])
    with pytest.raises(InputError, match=r"--id.*--group.*--all"):
        undo("gone.jsonl", "clean.csv", "clean.csv")
    with pytest.raises(InputError, match=r"\bnone\.csv\b"):
        undo("gone.jsonl", "none.csv", "back.csv", every=True)


CELL = st.text(st.sampled_from('ab ü,;"\n\r\t\u2028'), max_size=8)


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, str]:
    """Return a CSV, JSONL or TXT file, possibly with a byte order mark, blank lines or no final newline."""
    cells = draw(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    blank = draw(st.sampled_from(["", end, end * 2]))
    kind = draw(st.sampled_from(["csv", "jsonl", "txt"]))
    if kind == "csv":
        text = io.StringIO(newline="")
        # With "\n" line endings, csv.writer quotes a carriage return only if it quotes everything.
        quoting = csv.QUOTE_ALL if end == "\n" else draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
        writer = csv.writer(text, lineterminator=end, quoting=quoting)
        writer.writerow(["id", "text", "more"])
        for number, (cell, more) in enumerate(cells):
            text.write(blank)
            writer.writerow([f"r{number}", f"x{cell}", more])
        made = text.getvalue()
    elif kind == "jsonl":
        made = "".join(f'{{"id": "r{number}", "text": "x{number}"}}{end}{blank}' for number in range(len(cells)))
    else:
        made = "".join(f"line {number}{end}{blank}" for number in range(len(cells)))
    mark = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    last = draw(st.booleans())
    return mark + (made if last else made.rstrip("\r\n")).encode(), kind


@settings(max_examples=150, deadline=None)
@given(tables(), st.data())
def test_whatever_goes_comes_back_byte_for_byte(table: tuple[bytes, str], data: st.DataObject) -> None:
    content, kind = table
    format = "lines" if kind == "txt" else kind
    with tempfile.TemporaryDirectory() as name:
        path, cleaned, log, back = (Path(name) / part for part in (f"q.{kind}", "clean", "log", "back"))
        path.write_bytes(content)
        before = original(path, format=format)
        ids = [document.id for document in before.documents]
        gone = data.draw(st.lists(st.sampled_from(ids[1:]), unique=True)) if ids[1:] else []
        first = data.draw(st.lists(st.sampled_from(gone), unique=True)) if gone else []

        def left(out: list[str]) -> list[str]:
            return [document.text for document in before.documents if document.id not in out]

        def texts() -> list[str]:
            return [document.text for document in original(cleaned, format=format).documents]

        assert remove(before, [Removal(id, "g1", ids[0], 0.9) for id in gone], cleaned, log) == len(left(gone))
        assert texts() == left(gone)
        if first:
            undo(log, cleaned, cleaned, ids=first)
            assert texts() == left([id for id in gone if id not in first])
        undo(log, cleaned, back, every=True)
        assert back.read_bytes() == content
