from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from askew.encoders.families import read
from askew.errors import ModelError


def test_bert_has_its_layers_and_shapes(tiny: Path) -> None:
    transformer = read("bert", tiny)
    assert len(transformer.layers) == 2
    assert transformer.layers[0].up.weight.shape == (32, 64)


def test_an_unknown_architecture_is_named(tiny: Path) -> None:
    with pytest.raises(ModelError, match="'lstm' has no fast path; these have: bert"):
        read("lstm", tiny)


def test_a_missing_tensor_is_named(tiny: Path, tmp_path: Path) -> None:
    tensors = load_file(tiny / "model.safetensors")
    del tensors["encoder.layer.1.output.dense.weight"]
    save_file(tensors, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_bytes((tiny / "config.json").read_bytes())
    with pytest.raises(ModelError, match=r"lack 'encoder\.layer\.1\.output\.dense\.weight'"):
        read("bert", tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        read("bert", tmp_path)
