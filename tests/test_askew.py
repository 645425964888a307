"""The public face: what `import askew` offers, and what it costs."""

import subprocess
import sys
from pathlib import Path

import pytest
from helpers.cli import process

import askew


def test_every_name_that_is_offered_exists_and_no_other_is() -> None:
    assert sorted(askew.__all__) == sorted({*askew._HOMES, "__version__"})
    for name in askew.__all__:
        assert getattr(askew, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        askew.nothing  # noqa: B018


def test_no_name_is_that_of_a_module_which_would_take_its_place_once_imported() -> None:
    modules = {path.stem for path in Path(askew.__file__).parent.iterdir()}
    assert set(askew._HOMES) & modules == set()


@pytest.mark.parametrize("command", ["import askew", "import askew.cli.app", "from askew import Index"])
def test_nothing_heavy_is_loaded_before_it_is_needed(command: str) -> None:
    heavy = ["torch", "transformers", "faiss", "onnx", "onnxruntime", "pandas", "tantivy", "huggingface_hub"]
    check = f"{command}; import sys; print(*[name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


SEARCH = """
import sys
from askew.cli.app import run
sys.argv = ["askew", "search", "book", "tents"]
assert run() == 0
print(*[name for name in ("torch", "transformers", "sentence_transformers", "onnx", "httpx") if name in sys.modules])
"""


def test_a_search_on_the_fast_path_loads_neither_torch_nor_transformers(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "a", "text": "red tents"}\n')
    assert process("index", "book", "rows.jsonl", "--task", "question-answering", cwd=tmp_path).code == 0
    run = subprocess.run([sys.executable, "-c", SEARCH], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "red tents" in run.stdout
    assert run.stdout.splitlines()[-1] == ""
