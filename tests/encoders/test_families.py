import json
from pathlib import Path

import pytest
from helpers import tiny_families
from safetensors.numpy import load_file, save_file

from askew.encoders.families import classifier, dense, read, width
from askew.encoders.families.layouts import LAYOUTS
from askew.errors import ModelError


def changed(folder: Path, **values: object) -> Path:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))
    return folder


@pytest.fixture
def bert(tmp_path: Path) -> Path:
    return tiny_families.save("bert", tmp_path)


def test_bert_has_its_layers_and_shapes(tiny: Path) -> None:
    transformer = read("bert", tiny, 16)
    assert len(transformer.layers) == 2
    assert transformer.layers[0].up.weight.shape == (32, 64)
    assert transformer.positions.shape == (16, 32)
    assert transformer.distances.size == 0


def test_an_unknown_architecture_is_named(tiny: Path) -> None:
    with pytest.raises(ModelError, match=r"'lstm'.* bert, distilbert, dpr, .*modernbert, mpnet"):
        read("lstm", tiny, 16)


def test_a_missing_tensor_is_named(bert: Path) -> None:
    tensors = load_file(bert / "model.safetensors")
    del tensors["encoder.layer.1.output.dense.weight"]
    save_file(tensors, bert / "model.safetensors")
    with pytest.raises(ModelError, match=r"'encoder\.layer\.1\.output\.dense\.weight'"):
        read("bert", bert, 16)


def test_a_missing_file_is_named(tmp_path: Path, bert: Path) -> None:
    (bert / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        read("bert", bert, 16)
    with pytest.raises(ModelError, match=r"config\.json"):
        read("bert", tmp_path / "nowhere", 16)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_size", 64),
        ("intermediate_size", 32),
        ("num_hidden_layers", 1),
        ("num_hidden_layers", 3),
        ("vocab_size", 599),
        ("max_position_embeddings", 512),
        ("type_vocab_size", 1),
    ],
)
def test_a_config_that_contradicts_the_tensors_is_refused(bert: Path, key: str, value: int) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        read("bert", changed(bert, **{key: value}), 16)


def test_heads_must_divide_the_width(bert: Path) -> None:
    with pytest.raises(ModelError, match=r"hidden_size 32 .*num_attention_heads"):
        read("bert", changed(bert, num_attention_heads=5), 16)


@pytest.mark.parametrize("architecture", LAYOUTS)
def test_a_card_that_promises_more_tokens_than_there_are_positions_is_refused(
    architecture: str, tmp_path: Path
) -> None:
    folder = tiny_families.save(architecture, tmp_path)
    takes = 78 if architecture in ("roberta", "xlm-roberta", "mpnet") else 80
    assert read(architecture, folder, takes).positions.shape[0] == takes
    with pytest.raises(ModelError, match=rf"\b{takes}\b.*\b{takes + 1}\b"):
        read(architecture, folder, takes + 1)


@pytest.mark.parametrize("architecture", [name for name in LAYOUTS if LAYOUTS[name].classifier])
def test_a_classifier_ends_in_one_number(architecture: str, tmp_path: Path) -> None:
    folder = tiny_families.save(architecture, tmp_path / "one", labels=1)
    assert [layer.linear.weight.shape for layer in classifier(architecture, folder, 32, "sigmoid")] == [
        (32, 32),
        (32, 1),
    ]
    assert classifier(architecture, folder, 32, "sigmoid")[-1].activation == "sigmoid"
    folder = tiny_families.save(architecture, tmp_path / "three", labels=3)
    with pytest.raises(ModelError, match=r"\b3\b"):
        classifier(architecture, folder, 32, "identity")


def test_a_model_without_a_classifier_is_no_cross_encoder(bert: Path) -> None:
    with pytest.raises(ModelError, match=r"'bert\.pooler\.dense\.weight'"):
        classifier("bert", bert, 32, "identity")
    with pytest.raises(ModelError, match="'dpr'"):
        classifier("dpr", tiny_families.save("dpr", bert.parent / "dpr"), 32, "identity")


def test_a_missing_dense_layer_is_named(bert: Path) -> None:
    with pytest.raises(ModelError, match="2_Dense"):
        dense(bert, 32, "tanh")


def test_the_width_is_known_from_the_config_alone(tmp_path: Path) -> None:
    folder = tiny_families.save("dpr", tmp_path)
    (folder / "model.safetensors").unlink()
    assert width("dpr", folder) == 32
    assert width("dpr", changed(folder, projection_dim=20)) == 20
