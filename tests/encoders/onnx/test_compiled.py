import os
import time
from dataclasses import fields, replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from askew.encoders.onnx.compiled import Blueprint, blueprint, compiled, forget
from askew.encoders.signature import Signature
from askew.encoders.tokens import Tokens
from askew.errors import ModelError
from askew.files import DAY, HIDDEN
from askew.models.card import Module


def _compile(cache: str, signature: Signature, tiny: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKEW_CACHE", cache)
        compiled(blueprint(signature), Path(tiny), Tokens(Path(tiny) / "tokenizer.json", 16))


def test_compiled_once_and_again_after_it_is_forgotten(
    tiny: Path, signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    tokens = Tokens(tiny / "tokenizer.json", 16)
    wanted = blueprint(signature)
    graph = compiled(wanted, tiny, tokens)
    stamp = graph.stat().st_mtime_ns
    assert compiled(wanted, tiny, tokens).stat().st_mtime_ns == stamp
    assert compiled(replace(wanted, pooling="cls"), tiny, tokens) != graph
    forget(wanted)
    assert not graph.exists()
    assert compiled(wanted, tiny, tokens).exists()


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


def test_prompts_and_names_share_a_graph_and_nothing_else_does(signature: Signature) -> None:
    one = blueprint(signature)
    for same in ({"prompts": {"query": "q: "}}, {"model": "other"}, {"tokenizer": {"both": "other"}}):
        assert blueprint(replace(signature, **same)).digest == one.digest
    for field in fields(Blueprint):
        value = getattr(one, field.name)
        other = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
        other = (Module("normalize"),) if field.name == "modules" else other
        assert (replace(one, **{field.name: other}).digest == one.digest) == (field.name == "tokenizer")


def test_the_tokenizer_decides_the_ranges_of_int8(signature: Signature) -> None:
    int8 = blueprint(replace(signature, precision="int8"))
    assert replace(int8, tokenizer="other").digest != int8.digest


def test_each_tower_has_a_blueprint_of_its_own(signature: Signature) -> None:
    files = {"query": "q", "document": "d"}
    towers = replace(signature, weights=files, config=files, tokenizer=files)
    assert (blueprint(towers, "query").weights, blueprint(towers, "document").weights) == ("q", "d")


def test_damaged_weights_leave_nothing_behind(
    tiny: Path, signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    model = tmp_path / "model"
    model.mkdir()
    for file in tiny.iterdir():
        (model / file.name).write_bytes(file.read_bytes())
    weights = (tiny / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        compiled(blueprint(signature), model, Tokens(tiny / "tokenizer.json", 16))
    assert [*tmp_path.glob("cache/**/*.*")] == []


def test_what_a_killed_process_left_is_swept_away(
    tiny: Path, signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    old, new = tmp_path / "compiled" / f".old{HIDDEN}", tmp_path / "compiled" / f".new{HIDDEN}"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - DAY - 9,) * 2)
    compiled(blueprint(signature), tiny, Tokens(tiny / "tokenizer.json", 16))
    assert (old.exists(), new.exists()) == (False, True)
