from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from askew.encoders.compiled import compiled, forget
from askew.encoders.signature import Signature
from askew.encoders.tokens import Tokens


def _compile(cache: str, signature: Signature, tiny: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKEW_CACHE", cache)
        compiled(signature, Path(tiny), Tokens(Path(tiny) / "tokenizer.json", 16))


def test_compiled_once_and_again_after_it_is_forgotten(
    tiny: Path, signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    tokens = Tokens(tiny / "tokenizer.json", 16)
    graph = compiled(signature, tiny, tokens)
    stamp = graph.stat().st_mtime_ns
    assert compiled(signature, tiny, tokens).stat().st_mtime_ns == stamp
    assert compiled(replace(signature, pooling="cls"), tiny, tokens) != graph
    forget(signature)
    assert not graph.exists()
    assert compiled(signature, tiny, tokens).exists()


def test_two_processes_at_once_leave_one_whole_graph(tiny: Path, signature: Signature, tmp_path: Path) -> None:
    spawn = get_context("spawn")
    workers = [spawn.Process(target=_compile, args=(str(tmp_path), signature, str(tiny))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    [folder] = (tmp_path / "compiled").iterdir()
    assert {file.name for file in folder.iterdir()} == {"encoder.onnx", "weights.bin"}
