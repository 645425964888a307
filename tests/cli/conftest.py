from pathlib import Path

import pytest
from helpers.cli import Here


@pytest.fixture
def askew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """The command line, run in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Here(monkeypatch, capsys)


@pytest.fixture
def handbook(askew: Here, tmp_path: Path) -> Path:
    """An index `book` of two pages, with the weightless model."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "leave.md").write_text("# Leave\n\nEveryone has 28 days of paid holiday a year.\n")
    (pages / "pets.md").write_text(
        "# Pets\n\nDogs may come to the office on Fridays.\n\n## Cats\n\nCats stay at home.\n"
    )
    assert askew("index", "book", "pages", "--task", "question-answering", "--model", "hashing").code == 0
    return tmp_path
