import json
import re
from pathlib import Path

import pytest

from askew.encoders.families.config import Config
from askew.encoders.families.layouts import BERT, ROBERTA
from askew.errors import ModelError


def config(folder: Path, **values: object) -> Config:
    (folder / "config.json").write_text(json.dumps(values))
    return Config.read(folder / "config.json")


def test_values_are_read_by_key_or_fixed_by_the_family(tmp_path: Path) -> None:
    found = config(tmp_path, layers=6, epsilon=1e-5, act="gelu")
    assert (found.count("layers"), found.number("epsilon"), found.number(-1), found.word("act")) == (
        6,
        1e-5,
        -1,
        "gelu",
    )


@pytest.mark.parametrize("value", [0, -1, 1.5, "6", True, None])
def test_a_count_is_a_whole_number_above_zero(tmp_path: Path, value: object) -> None:
    with pytest.raises(ModelError, match=rf"config\.json: layers .*{re.escape(repr(value))}"):
        config(tmp_path, layers=value).count("layers")


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json .*'hidden_act'"):
        config(tmp_path).word("hidden_act")
    with pytest.raises(ModelError, match=r"epsilon .*'small'"):
        config(tmp_path, epsilon="small").number("epsilon")


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_what_is_no_config_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelError, match=r"config\.json"):
        Config.read(tmp_path / "config.json")


def test_another_family_is_refused(tmp_path: Path) -> None:
    """BERT and RoBERTa have the same tensors, and count their positions differently."""
    config(tmp_path, model_type="bert").check("bert", BERT)
    config(tmp_path, model_type="xlm-roberta").check("roberta", ROBERTA)
    with pytest.raises(ModelError, match=r"'roberta'.*'bert'"):
        config(tmp_path, model_type="roberta").check("bert", BERT)


@pytest.mark.parametrize(("key", "value"), [("position_embedding_type", "relative_key"), ("is_decoder", True)])
def test_a_variant_that_is_not_computed_is_refused_by_name(tmp_path: Path, key: str, value: object) -> None:
    with pytest.raises(ModelError, match=f"{key} {value!r}"):
        config(tmp_path, **{key: value}).check("bert", BERT)
