import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import plain_bert, tiny_tokenizers

from askew.encoders.onnx.compiled import CHECKED, blueprint, compiled
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.encoders.signature import Signature
from askew.encoders.texts import SEGMENT
from askew.encoders.tokens import Tokens
from askew.errors import ModelError
from askew.progress import Progress
from askew.types import Role

TEXTS = [
    "the cat sat on the mat",
    "how long can i stay home with the baby",
    "",
    "🎉 ünïcode",
    "cat",
    "the dog " * 40,
    "is not 4 weeks",
]


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("normalised", [True, False])
def test_vectors_are_those_of_the_paper(tiny: Path, signature: Signature, pooling: str, normalised: bool) -> None:
    encoder = OnnxEncoder(replace(signature, pooling=pooling, normalised=normalised), tiny, [])
    ids = Tokens(tiny / "tokenizer.json", 16).tokenise(TEXTS).ids
    expected = np.stack([plain_bert.vector(tiny, part, pooling, normalised) for part in ids])
    assert np.abs(encoder.encode(TEXTS, Role.DOCUMENT).vectors - expected).max() <= 1e-5


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_a_vector_does_not_depend_on_its_batch(tiny: Path, signature: Signature, precision: str) -> None:
    encoder = OnnxEncoder(replace(signature, precision=precision), tiny, [])
    rng = np.random.default_rng(5)
    texts = [" ".join(rng.choice(["cat", "dog", "mat", "not"], size=n)) for n in rng.integers(1, 12, 300)]
    together = encoder.encode(texts, Role.DOCUMENT).vectors
    alone = np.concatenate([encoder.encode([text], Role.DOCUMENT).vectors for text in texts[:60]])
    assert (together[:60] * alone).sum(axis=1).min() >= 1 - 1e-6


def test_int8_stays_near_fp32_and_is_not_it(tiny: Path, signature: Signature) -> None:
    fp32 = OnnxEncoder(signature, tiny, []).encode(TEXTS, Role.DOCUMENT).vectors
    int8 = OnnxEncoder(replace(signature, precision="int8"), tiny, []).encode(TEXTS, Role.DOCUMENT).vectors
    assert (fp32 * int8).sum(axis=1).min() > 0.98
    assert np.abs(fp32 - int8).max() > 1e-5


def test_tokens_given_and_seen_are_counted(tiny: Path, signature: Signature) -> None:
    encoded = OnnxEncoder(signature, tiny, []).encode(["cat dog", "cat " * 14, "cat " * 15, ""], Role.DOCUMENT)
    assert encoded.tokens.tolist() == [2, 14, 15, 0]
    assert encoded.seen.tolist() == [2, 14, 14, 0]


def test_the_prompt_of_the_role_is_put_before_the_text(tiny: Path, signature: Signature) -> None:
    prompted = OnnxEncoder(replace(signature, prompts={"query": "how long "}), tiny, [])
    plain = OnnxEncoder(signature, tiny, [])
    query = prompted.encode(["can i stay"], Role.QUERY)
    assert np.allclose(query.vectors, plain.encode(["how long can i stay"], Role.QUERY).vectors, atol=1e-6)
    document = prompted.encode(["can i stay"], Role.DOCUMENT)
    assert np.allclose(document.vectors, plain.encode(["can i stay"], Role.QUERY).vectors, atol=1e-6)
    assert query.tokens.tolist() == document.tokens.tolist() == [3]
    assert prompted.room(Role.QUERY) == plain.room(Role.QUERY) - 2 == 12


def test_equal_texts_get_equal_rows_in_the_order_given(tiny: Path, signature: Signature) -> None:
    told: list[Progress] = []
    encoded = OnnxEncoder(signature, tiny, []).encode(["cat", "dog", "cat", "cat"], Role.DOCUMENT, told.append)
    assert (encoded.vectors[[0, 0, 0]] == encoded.vectors[[0, 2, 3]]).all()
    assert np.abs(encoded.vectors[0] - encoded.vectors[1]).max() > 0.01
    assert (told[-1].done, told[-1].total) == (2, 2)


def test_no_texts_no_vectors(tiny: Path, signature: Signature) -> None:
    assert OnnxEncoder(signature, tiny, []).encode([], Role.QUERY).vectors.shape == (0, 32)


def test_a_graph_that_breaks_the_promise_of_its_card_is_refused(tiny: Path, signature: Signature) -> None:
    right = OnnxEncoder(signature, tiny, []).encode(["the cat"], Role.DOCUMENT).vectors[0, :8]
    OnnxEncoder(signature, tiny, [("the cat", right.tolist())]).encode(["dog"], Role.DOCUMENT)
    wrong = OnnxEncoder(signature, tiny, [("the cat", (right + 0.01).tolist())])
    with pytest.raises(ModelError, match="models check"):
        wrong.encode(["dog"], Role.DOCUMENT)


def test_damaged_weights_are_a_clear_error(tiny: Path, signature: Signature, tmp_path: Path) -> None:
    for file in tiny.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes((tiny / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        OnnxEncoder(replace(signature, weights={"both": "cut"}), tmp_path, []).encode(["cat"], Role.DOCUMENT)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="tokenizer"):
        OnnxEncoder(replace(signature, weights={"both": "cut"}), tmp_path, []).encode(["cat"], Role.DOCUMENT)


def test_a_card_with_another_dimension_is_refused(tiny: Path, signature: Signature) -> None:
    with pytest.raises(ModelError, match=r"\b32\b.*\b64\b"):
        OnnxEncoder(replace(signature, dim=64), tiny, []).encode(["cat"], Role.QUERY)


def test_tasks_with_other_prompts_share_a_graph(
    tiny: Path, signature: Signature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path))
    for prompt in ("how ", "the "):
        OnnxEncoder(replace(signature, prompts={"query": prompt}), tiny, []).encode(["cat"], Role.QUERY)
    assert len([*(tmp_path / "compiled").iterdir()]) == 1


def test_a_title_is_a_segment_of_its_own(tiny: Path, signature: Signature) -> None:
    """[CLS] the cat [SEP] sat on [SEP]: the second half is of the second type."""
    encoder = OnnxEncoder(replace(signature, titles=SEGMENT), tiny, [])
    texts, titles = ["sat on", "sat on", ""], ["the cat", "", "the cat"]
    encoded = encoder.encode(texts, Role.DOCUMENT, titles=titles)
    tokens = Tokens(tiny / "tokenizer.json", 16).titled(texts, titles)
    for vector, ids, types in zip(encoded.vectors, tokens.ids, tokens.types, strict=True):
        assert np.abs(vector - plain_bert.vector(tiny, ids, types=types)).max() <= 1e-5
    assert encoded.tokens.tolist() == encoded.seen.tolist() == [4, 2, 2]
    assert encoder.room(Role.DOCUMENT) == 13
    assert np.allclose(encoder.encode(texts[1:2], Role.DOCUMENT).vectors[0], encoded.vectors[1], atol=1e-6)


def test_a_tokenizer_of_another_model_is_refused(tiny: Path, signature: Signature, tmp_path: Path) -> None:
    for file in ("config.json", "model.safetensors"):
        (tmp_path / file).write_bytes((tiny / file).read_bytes())
    tiny_tokenizers.wordpiece(tmp_path / "tokenizer.json")
    with pytest.raises(ModelError, match="tokenizer"):
        OnnxEncoder(signature, tmp_path, []).encode(["people in a kitchen"], Role.QUERY)


def test_a_passed_check_is_remembered_until_the_graph_or_the_card_changes(
    tiny: Path, signature: Signature, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    check = OnnxEncoder._check
    monkeypatch.setattr(OnnxEncoder, "_check", lambda self, session: (runs.append(1), check(self, session))[1])
    [vector] = OnnxEncoder(signature, tiny, []).encode(["the cat"], Role.DOCUMENT).vectors
    runs.clear()
    for golden, expected in (
        ([("the cat", vector[:4].tolist())], 1),
        ([("the cat", vector[:4].tolist())], 1),
        ([("the cat", vector[:3].tolist())], 2),
    ):
        encoder = OnnxEncoder(signature, tiny, golden)
        encoder.encode(["the cat"], Role.DOCUMENT)
        assert len(runs) == expected
    graph = compiled(blueprint(signature), tiny, encoder._tokens)
    os.utime(graph, (1, 1))
    OnnxEncoder(signature, tiny, golden).encode(["the cat"], Role.DOCUMENT)
    assert len(runs) == 3
    (graph.parent / CHECKED).write_text("{}")
    OnnxEncoder(signature, tiny, golden).encode(["the cat"], Role.DOCUMENT)
    assert len(runs) == 4
    with pytest.raises(ModelError):
        OnnxEncoder(signature, tiny, [("the cat", [9.0])]).encode(["the cat"], Role.DOCUMENT)
