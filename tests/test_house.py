"""The rules of the house that no linter knows."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "askew"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py")


def test_every_module_has_a_test_file_of_its_name() -> None:
    expected = [ROOT / "tests" / path.relative_to(SOURCE).with_name(f"test_{path.name}") for path in MODULES]
    assert [str(path.relative_to(ROOT)) for path in expected if not path.exists()] == []


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    assert [str(path) for path in MODULES if len(path.read_text("utf-8").splitlines()) > 400] == []
