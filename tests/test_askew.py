"""The package root: what it offers, what importing it costs, and names shared with sub-packages."""

import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.cli import process

import askew

SHARED = ("explain", "models", "similarity", "sync", "tasks")


def python(code: str, cwd: Path | None = None) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True).stdout


def test_every_name_that_is_offered_exists_and_no_other() -> None:
    assert sorted(askew.__all__) == sorted({*askew._HOMES, "__version__"})
    for name in askew.__all__:
        assert getattr(askew, name) is not None
        assert name in dir(askew)
    with pytest.raises(AttributeError):
        askew.nothing  # noqa: B018


@pytest.mark.parametrize(
    "first",
    [
        "import askew.explain.explain, askew.models.cards, askew.tasks, askew.similarity, askew.sync, askew.cli.app",
        "from askew.explain.explain import Explanation; from askew.models import cards",
        "from askew import tasks, models; import askew.explain.scores",
        "import askew; askew.explain; import askew.explain.inputs",
        "import importlib, askew; importlib.reload(askew); import askew.models.choice, askew.tasks",
        "import askew.sync; from askew import *",
    ],
)
def test_a_public_name_is_never_the_module_of_that_name(first: str) -> None:
    code = f"{first}\nimport askew, inspect\nprint(*[inspect.isfunction(getattr(askew, n)) for n in {SHARED}])"
    assert python(code).split() == ["True"] * len(SHARED)


def test_other_submodules_are_attributes_as_usual() -> None:
    assert python("import askew.index, askew; print(askew.index.__name__)").strip() == "askew.index"


@pytest.mark.parametrize("name", [name for name in askew.__all__ if name != "__version__"])
def test_every_name_can_be_pickled(name: str) -> None:
    one = getattr(askew, name)
    assert pickle.loads(pickle.dumps(one)) is one


def test_every_public_function_is_documented_and_typed() -> None:
    for name in askew.__all__:
        if inspect.isfunction(one := getattr(askew, name)):
            assert one.__doc__
            signature = inspect.signature(one)
            assert inspect.Signature.empty not in [
                signature.return_annotation,
                *(parameter.annotation for parameter in signature.parameters.values()),
            ]


def test_importing_the_package_loads_none_of_its_modules() -> None:
    loaded = python("import askew, sys; print(*[name for name in sys.modules if name.startswith('askew.')])")
    assert loaded.split() == ["askew.version"]
    assert python("import askew, sys; print('numpy' in sys.modules)").strip() == "False"


@pytest.mark.parametrize("command", ["import askew", "import askew.cli.app", "from askew import Index"])
def test_nothing_heavy_is_loaded_before_it_is_needed(command: str) -> None:
    heavy = ["torch", "transformers", "faiss", "onnx", "onnxruntime", "pandas", "tantivy", "huggingface_hub"]
    assert python(f"{command}; import sys; print(*[name for name in {heavy} if name in sys.modules])").split() == []


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
    out = python(SEARCH, tmp_path)
    assert "red tents" in out
    assert out.splitlines()[-1] == ""
