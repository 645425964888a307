import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from askew.encoders.families.tensors import Tensors
from askew.errors import ModelError


def tensors(folder: Path, **arrays: np.ndarray) -> Tensors:
    save_file(arrays, folder / "model.safetensors")
    return Tensors.open(folder / "model.safetensors")


def test_a_linear_layer_is_turned_to_inputs_by_outputs(tmp_path: Path) -> None:
    weight = np.arange(6, dtype=np.float32).reshape(2, 3)
    linear = tensors(tmp_path, **{"a.weight": weight, "a.bias": np.ones(2, np.float32)}).linear("a", 3, 2)
    assert (linear.weight == weight.T).all()
    assert linear.weight.flags.c_contiguous


def test_a_dense_layer_may_have_no_bias(tmp_path: Path) -> None:
    dense = tensors(tmp_path, **{"a.weight": np.ones((2, 3), np.float32)}).dense("a", 3, "tanh")
    assert dense.linear.bias.tolist() == [0, 0]


def test_a_shape_that_contradicts_the_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"\ba .*\(3,\).*\(4,\)"):
        tensors(tmp_path, a=np.ones(3, np.float32)).array("a", 4)


def test_missing_tensors_and_prefixes_are_named(tmp_path: Path) -> None:
    found = tensors(tmp_path, **{"bert.a": np.ones(1, np.float32)})
    assert found.under(["", "bert."], "a").array("a", 1).tolist() == [1]
    with pytest.raises(ModelError, match=r"\ba or roberta\.a"):
        found.under(["", "roberta."], "a")
    with pytest.raises(ModelError, match="'b'"):
        found.array("b", 1)


def test_half_precision_becomes_single(tmp_path: Path) -> None:
    half = np.array([1.5, -0.25], np.float16)
    assert tensors(tmp_path, a=half).array("a", 2).dtype == np.float32


def test_bfloat16_becomes_single(tmp_path: Path) -> None:
    """Written by hand: numpy has no such type."""
    values = np.array([[1.5, -0.25, 3.0]], np.float32)
    data = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    header = json.dumps({"a": {"dtype": "BF16", "shape": [1, 3], "data_offsets": [0, 6]}}).encode()
    (tmp_path / "w").write_bytes(len(header).to_bytes(8, "little") + header + data)
    assert (Tensors.open(tmp_path / "w").array("a", 1, 3) == values).all()


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="I64"):
        tensors(tmp_path, a=np.ones(2, np.int64)).array("a", 2)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="NaN"):
        tensors(tmp_path, a=np.array([1, np.nan], np.float32)).array("a", 2)


def test_the_old_words_of_a_norm_are_known(tmp_path: Path) -> None:
    norm = tensors(tmp_path, **{"n.gamma": np.full(2, 3, np.float32), "n.beta": np.zeros(2, np.float32)}).norm(
        "n", 2, 1
    )
    assert norm.scale.tolist() == [3, 3]


@pytest.mark.parametrize("keep", [0, 5, 40, -4])
def test_a_cut_file_is_refused(tmp_path: Path, keep: int) -> None:
    tensors(tmp_path, a=np.ones(9, np.float32))
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        Tensors.open(file)


def sharded(folder: Path, weight_map: dict[str, str]) -> Path:
    save_file({"a": np.ones(2, np.float32)}, folder / "one.safetensors")
    save_file({"b": np.full(3, 2, np.float16)}, folder / "two.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return folder / "model.safetensors"


def test_shards_are_read_as_one_file(tmp_path: Path) -> None:
    found = Tensors.open(sharded(tmp_path, {"a": "one.safetensors", "b": "two.safetensors"}))
    assert found.array("a", 2).tolist() == [1, 1]
    assert found.array("b", 3).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("weight_map", "reason"),
    [
        ({"a": "../one.safetensors"}, "not beside it"),
        ({"a": "two.safetensors"}, "does not say"),
        ({"a": "one.safetensors", "c": "one.safetensors"}, "no tensor 'c'"),
        ({"a": "three.safetensors"}, "three"),
        ({"a": 1}, "maps no tensors"),
    ],
)
def test_shards_that_do_not_hold_what_their_index_says_are_refused(
    weight_map: dict[str, str], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=reason):
        Tensors.open(sharded(tmp_path, weight_map))
