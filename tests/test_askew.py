"""The public face: what `import askew` offers, and what it costs."""

import subprocess
import sys

import pytest

import askew


def test_every_name_that_is_offered_exists_and_no_other_is() -> None:
    assert sorted(askew.__all__) == sorted({*askew._HOMES, "__version__"})
    for name in askew.__all__:
        assert getattr(askew, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        askew.nothing  # noqa: B018


@pytest.mark.parametrize("command", ["import askew", "import askew.cli.app", "from askew import Index"])
def test_nothing_heavy_is_loaded_before_it_is_needed(command: str) -> None:
    heavy = ["torch", "transformers", "faiss", "onnx", "onnxruntime", "pandas", "tantivy", "huggingface_hub"]
    check = f"{command}; import sys; print(*[name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
