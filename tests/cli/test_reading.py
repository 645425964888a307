from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from askew.cli import files
from askew.documents.fields import Fields


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fields_of(*arguments: str) -> tuple[Fields, str | None, bool]:
    """What a command with these options makes of its arguments."""
    got: list[tuple[Fields, str | None, bool]] = []

    def command(
        id_field: str = files.IdField,
        text_field: str = files.TextField,
        title_field: str = files.TitleField,
        metadata_fields: list[str] = files.MetadataFields,
        format: str = files.Format,
        skip_bad: bool = files.SkipBad,
    ) -> None:
        got.append((files.fields(id_field, text_field, title_field, metadata_fields), format, skip_bad))

    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return got[0]


def test_without_options_everything_is_left_to_the_readers() -> None:
    assert fields_of() == (Fields(), None, False)


def test_every_option_arrives_and_metadata_fields_repeat() -> None:
    given = "--id-field i --text-field t --title-field h --metadata-field a --metadata-field b --format csv --skip-bad"
    assert fields_of(*given.split()) == (Fields("i", "t", "h", ("a", "b")), "csv", True)


def test_what_is_left_out_is_told_on_stderr_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("docs").mkdir()
    Path("docs/a.csv").write_text("id,text\n1,a\n" + "2,\n" * 7)
    Path("docs/b.txt").write_text("")
    Path("docs/c.png").write_text("PNG")
    found = files.documents(["docs"], Fields(), None, True)
    assert [document.id for document in found] == ["1"]
    told = capsys.readouterr()
    assert told.out == ""
    bad, *rows, more, skipped, empty, ignored, picture = told.err.splitlines()
    assert [line.partition(" is empty")[0] for line in rows] == [
        f"  {Path('docs/a.csv')}:{number}: 'text'" for number in range(3, 8)
    ]
    assert " 2 " in more
    assert [line.rpartition(" ")[2] for line in (bad, skipped, ignored)] == ["7", "1", "1"]
    assert empty.startswith(f"  {Path('docs/b.txt')}: ")
    assert picture == f"  {Path('docs/c.png')}"


def test_nothing_is_told_where_nothing_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.txt").write_text("Text.")
    assert len(files.documents(["a.txt"], Fields(), None, False)) == 1
    assert capsys.readouterr().err == ""
