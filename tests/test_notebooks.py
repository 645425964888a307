"""The notebooks run from their first cell to their last, in an empty folder, and print what is stored in them."""

import copy
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def printed(cell: nbformat.NotebookNode) -> tuple[str, list[str]]:
    """Return what a cell prints, and its value. Progress, which shows the time, is neither."""
    outputs = cell.get("outputs", [])
    text = "".join(one.text for one in outputs if one.output_type == "stream" and one.name == "stdout")
    return text, [one.data["text/plain"] for one in outputs if one.output_type == "execute_result"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_prints_what_it_holds(path: Path, tmp_path: Path) -> None:
    stored = nbformat.read(path, nbformat.NO_CONVERT)
    run = copy.deepcopy(stored)
    NotebookClient(run, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert [printed(cell) for cell in run.cells] == [printed(cell) for cell in stored.cells]
    assert any(printed(cell) != ("", []) for cell in stored.cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_holds_nothing_of_the_machine_that_ran_it(path: Path) -> None:
    stored = nbformat.read(path, nbformat.NO_CONVERT)
    nbformat.validate(stored)
    assert path.stat().st_size < 30_000
    assert {one.output_type for cell in stored.cells for one in cell.get("outputs", [])} <= {"stream", "execute_result"}
    assert all(cell.metadata == {} for cell in stored.cells)


def test_there_are_four() -> None:
    assert len(NOTEBOOKS) == 4
