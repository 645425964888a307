import pytest

from askew.cli.files import counts_line, fate, show_fates
from askew.documents.files import Fate, File
from askew.ingest import Added
from askew.sync import SyncResult

FILES = (
    File("d/a.txt", "a.txt", "txt", Fate.READ, ids=("a.txt",)),
    File("d/b.pdf", "b.pdf", "pdf", Fate.SKIPPED, "encrypted"),
    File("d/c.zip", "c.zip", "", Fate.IGNORED, "unsupported file extension"),
)


def test_every_file_is_named_with_its_fate_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    show_fates(FILES)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=3) for line in lines[1:4]] == [
        ["read", "1", "d/a.txt"],
        ["skipped", "0", "d/b.pdf", "encrypted"],
        ["ignored", "0", "d/c.zip", "unsupported file extension"],
    ]
    assert lines[-1] == "3 files: 1 read, 1 skipped, 1 ignored."


def test_one_file_is_no_files(capsys: pytest.CaptureFixture[str]) -> None:
    show_fates(FILES[:1])
    assert capsys.readouterr().out.splitlines()[-1] == "1 file: 1 read."


def test_the_counts_in_one_line() -> None:
    assert counts_line(SyncResult(Added(1200, 1, 0, 0), 0, (), ())) == "1,200 new, 1 changed, 0 unchanged."
    assert counts_line(SyncResult(Added(0, 0, 3, 0), 2, (), ())) == "0 new, 0 changed, 3 unchanged, 2 removed."


def test_for_machines() -> None:
    assert fate(FILES[1]) == {
        "path": "d/b.pdf",
        "id": "b.pdf",
        "format": "pdf",
        "fate": "skipped",
        "reason": "encrypted",
        "documents": 0,
    }
