"""The rules of the house that no linter knows."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "askew"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py")


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    assert [str(path) for path in MODULES if len(path.read_text("utf-8").splitlines()) > 400] == []
