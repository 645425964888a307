import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew.encoders.signature import Signature
from askew.encoders.torch_model import load
from askew.errors import InputError, ModelError


def test_without_pytorch_the_error_says_what_to_install(
    signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError, match=r"pip install 'askew\[torch\]'"):
        load(signature, tmp_path, "cpu")


@pytest.fixture
def bert(tmp_path: Path) -> Path:
    pytest.importorskip("sentence_transformers", reason="needs PyTorch: pip install 'askew[torch]'")
    from helpers import torch_models

    return torch_models.bert(tmp_path)


def _cut(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:2000])


def _remove(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _drop_a_layer(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in tensors.items() if "layer.1.output.dense" not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})


def _widen(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 64}))


def _rename(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "no-such-model"}))


@pytest.mark.parametrize("damage", [_cut, _remove, _widen, _rename])
def test_a_damaged_folder_is_a_clear_error(signature: Signature, bert: Path, damage: Callable[[Path], None]) -> None:
    damage(bert)
    with pytest.raises(ModelError, match=str(bert)):
        load(signature, bert, "cpu")


def test_a_tokenizer_is_not_made_up(signature: Signature, bert: Path) -> None:
    for file in bert.glob("*token*"):
        file.unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        load(signature, bert, "cpu")


def test_weights_that_are_missing_are_not_made_up(signature: Signature, bert: Path) -> None:
    _drop_a_layer(bert)
    with pytest.raises(ModelError, match=r"encoder\.layer\.1\.output\.dense\.weight .*\b2\b"):
        load(signature, bert, "cpu")


def test_a_pooler_that_nobody_uses_may_be_missing(signature: Signature, bert: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(bert / "model.safetensors")
    kept = {name: tensor for name, tensor in tensors.items() if "pooler" not in name}
    assert len(kept) == len(tensors) - 2
    save_file(kept, bert / "model.safetensors", {"format": "pt"})
    assert load(signature, bert, "cpu").encode(["cat"]).shape == (1, 32)


def test_what_torch_cannot_do_is_refused(signature: Signature, bert: Path) -> None:
    with pytest.raises(ModelError, match=r"'weightedmean'.* mean, cls, max, last_token"):
        load(replace(signature, pooling="weightedmean"), bert, "cpu")
    with pytest.raises(InputError, match=r"'int8'.* fp32, fp16, bf16"):
        load(replace(signature, precision="int8"), bert, "cpu")


def test_a_folder_that_does_otherwise_than_its_card_is_refused(
    signature: Signature, bert: Path, tmp_path: Path
) -> None:
    from helpers import torch_models
    from sentence_transformers.sentence_transformer import modules

    plain = replace(signature, normalised=False)
    home = torch_models.complete(bert, tmp_path / "plain")
    assert np.abs(load(plain, home, "cpu").encode(["cat"])).max() > 0
    load(signature, home, "cpu")  # the encoder itself normalises what the folder leaves as it is
    with pytest.raises(ModelError, match=r"pooling.*'mean'.*'cls'"):
        load(replace(plain, pooling="cls"), home, "cpu")
    with pytest.raises(ModelError, match=r"dense.*''.*'tanh'"):
        load(replace(plain, dense="tanh"), home, "cpu")
    home = torch_models.complete(bert, tmp_path / "unit", after=(modules.Normalize(),))
    with pytest.raises(ModelError, match=r"normalised.*'yes'.*'no'"):
        load(plain, home, "cpu")
