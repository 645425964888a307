from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from askew.cli import files
from askew.cli.files import counts_line, file_row, show_files, show_skipped
from askew.documents.columns import Fields
from askew.documents.read import Fate, File, Skipped
from askew.ingest import Added
from askew.sync import SyncResult

FILES = (
    File("d/a.txt", "a.txt", "txt", Fate.READ, ids=("a.txt",)),
    File("d/b.pdf", "b.pdf", "pdf", Fate.SKIPPED, "encrypted"),
    File("d/c.zip", "c.zip", "", Fate.IGNORED, "unsupported file extension"),
)


def test_every_file_has_a_row_with_its_outcome_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    show_files(FILES)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=3) for line in lines[1:4]] == [
        ["read", "1", "d/a.txt"],
        ["skipped", "0", "d/b.pdf", "encrypted"],
        ["ignored", "0", "d/c.zip", "unsupported file extension"],
    ]
    assert lines[-1] == "3 files: 1 read, 1 skipped, 1 ignored."
    show_files(FILES[:1])
    assert capsys.readouterr().out.splitlines()[-1] == "1 file: 1 read."


def test_the_counts_in_one_line() -> None:
    assert counts_line(SyncResult(Added(1200, 1, 0, 0), 0, (), ())) == "1,200 new, 1 changed, 0 unchanged."
    assert counts_line(SyncResult(Added(0, 0, 3, 0), 2, (), ())) == "0 new, 0 changed, 3 unchanged, 2 removed."


def test_the_json_of_a_file() -> None:
    assert file_row(FILES[1]) == {
        "path": "d/b.pdf",
        "id": "b.pdf",
        "format": "pdf",
        "fate": "skipped",
        "reason": "encrypted",
        "documents": 0,
        "notes": [],
        "left_out": [],
    }


def test_skipped_files_and_rows_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    show_skipped(FILES, [Skipped("d/a.csv", 3, "empty")])
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.strip() for line in err.splitlines() if line.startswith("  ")] == [
        "d/a.csv:3: empty",
        "d/b.pdf: encrypted",
        "d/c.zip: unsupported file extension",
    ]
    show_skipped(FILES[:1], ())
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fields_of(*arguments: str) -> tuple[Fields, str | None, bool]:
    """Return what a command with these options receives."""
    got: list[tuple[Fields, str | None, bool]] = []

    def command(
        id_field: str = files.IdField,
        text_fields: list[str] = files.TextFields,
        title_field: str = files.TitleField,
        metadata_fields: list[str] = files.MetadataFields,
        format: str = files.Format,
        skip_bad: bool = files.SkipBad,
    ) -> None:
        got.append((files.fields(id_field, text_fields, title_field, metadata_fields), format, skip_bad))

    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return got[0]


def test_without_options_everything_is_left_to_the_readers() -> None:
    assert fields_of() == (Fields(), None, False)


def test_every_option_arrives_and_metadata_fields_repeat() -> None:
    given = "--id-field i --text-field t --text-field u --title-field h --metadata-field a --metadata-field b"
    assert fields_of(*given.split(), "--format", "csv", "--skip-bad") == (
        Fields("i", ("t", "u"), "h", ("a", "b")),
        "csv",
        True,
    )


def test_a_long_list_of_skipped_rows_is_cut_and_counted(here: None, capsys: pytest.CaptureFixture[str]) -> None:
    Path("docs").mkdir()
    Path("docs/a.csv").write_text("id,text\n1,a\n" + "2,\n" * 7)
    Path("docs/b.txt").write_text("")
    Path("docs/c.png").write_text("PNG")
    found = files.documents(["docs"], Fields(), None, True)
    assert [document.id for document in found] == ["1"]
    shown = capsys.readouterr()
    assert shown.out == ""
    bad, *rows, more, skipped, empty, ignored, picture = shown.err.splitlines()
    assert [line.partition(" is empty")[0] for line in rows] == [
        f"  {Path('docs/a.csv')}:{number}: 'text'" for number in range(3, 8)
    ]
    assert " 2 " in more
    assert [line.rpartition(" ")[2] for line in (bad, skipped, ignored)] == ["7", "1", "1"]
    assert empty.startswith(f"  {Path('docs/b.txt')}: ")
    assert picture.startswith(f"  {Path('docs/c.png')}: ")


def test_complete_input_prints_nothing(here: None, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.txt").write_text("Text.")
    assert len(files.documents(["a.txt"], Fields(), None, False)) == 1
    assert capsys.readouterr().err == ""
