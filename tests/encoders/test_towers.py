import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_families

from askew.encoders.dual import Towers
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.encoders.signature import Signature
from askew.encoders.texts import SEGMENT
from askew.errors import ModelError
from askew.types import Role


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    return {role: tiny_families.save("dpr", tmp_path / role, seed=seed) for seed, role in enumerate(Role)}


@pytest.fixture
def facts(signature: Signature, folders: dict[str, Path]) -> Signature:
    """Whose files are these tests' own: another test's graph would be found in the cache."""
    files = {role: str(folder) for role, folder in folders.items()}
    fields = {"weights": files, "config": files, "tokenizer": files}
    return replace(signature, architecture="dpr", pooling="cls", titles=SEGMENT, normalised=False, **fields)


def test_each_role_has_its_own_weights(folders: dict[str, Path], facts: Signature) -> None:
    towers = Towers(facts, folders)
    for role in Role:
        alone = OnnxEncoder(facts, folders[role], [], role)
        assert (towers.encode(["the cat"], role).vectors == alone.encode(["the cat"], role).vectors).all()
    query, document = (towers.encode(["the cat"], role).vectors for role in Role)
    assert np.abs(query - document).max() > 0.01


def test_both_leave_room_for_a_title(folders: dict[str, Path], facts: Signature) -> None:
    towers = Towers(facts, folders)
    assert (towers.room(Role.QUERY), towers.room(Role.DOCUMENT)) == (13, 13)
    assert len(towers.spans(["chess ."])[0]) == 2


def test_nothing_is_opened_before_the_first_text(facts: Signature, tmp_path: Path) -> None:
    assert Towers(facts, dict.fromkeys(Role, tmp_path / "nowhere")).signature == facts


def test_a_missing_tower_is_named(folders: dict[str, Path], facts: Signature) -> None:
    with pytest.raises(ModelError, match=r"\bdocument\b"):
        Towers(facts, {"query": folders["query"]})


def test_towers_that_do_not_fit_together_are_refused_whichever_is_asked(
    folders: dict[str, Path], facts: Signature, tmp_path: Path
) -> None:
    folders["query"] = tiny_families.save("dpr", tmp_path / "wide", width=64)
    for role in Role:
        with pytest.raises(ModelError, match="query 64, document 32"):
            Towers(facts, folders).encode(["the cat"], role)


def test_a_broken_tower_is_named_by_its_file(folders: dict[str, Path], facts: Signature) -> None:
    config = json.loads((folders["query"] / "config.json").read_text())
    (folders["query"] / "config.json").write_text(json.dumps(config | {"vocab_size": 5}))
    with pytest.raises(ModelError, match=r"query/model\.safetensors"):
        Towers(facts, folders).encode(["the cat"], Role.QUERY)


def test_each_tower_keeps_the_promise_of_its_card(folders: dict[str, Path], facts: Signature) -> None:
    right = Towers(facts, folders).encode(["the cat"], Role.QUERY).vectors[0, :8].tolist()
    Towers(facts, folders, {"query": [("the cat", right)]}).encode(["a"], Role.QUERY)
    wrong = Towers(facts, folders, {"document": [("the cat", right)]})
    wrong.encode(["a"], Role.QUERY)
    with pytest.raises(ModelError, match="models check"):
        wrong.encode(["a"], Role.DOCUMENT)
