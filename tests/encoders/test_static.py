from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import static_model

from askew.encoders import static
from askew.encoders.signature import Signature
from askew.encoders.static import StaticEncoder
from askew.errors import InputError, ModelError
from askew.progress import Progress
from askew.types import Role

TEXTS = ["the cat sat on the mat", "", "zzz", "cat zzz dog", "🎉 ünïcode", "dog", "cat dog " * 40, "  the   dog  "]


@pytest.fixture
def sealed(signature: Signature) -> Signature:
    return replace(signature, architecture="static", dim=static_model.DIM, max_tokens=16)


@pytest.fixture(params=["float32", "float16", "int8", "weights", "mapping", "unigram", "sentence-transformers"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return static_model.write(tmp_path, request.param)


@pytest.mark.parametrize("normalised", [True, False])
def test_vectors_are_the_mean_of_the_tokens_vectors(folder: Path, sealed: Signature, normalised: bool) -> None:
    encoded = StaticEncoder(replace(sealed, normalised=normalised), folder).encode(TEXTS, Role.DOCUMENT)
    expected = np.stack([static_model.mean(folder, text, 16, normalised) for text in TEXTS])
    scale = max(1.0, float(np.abs(expected).max()))
    assert np.abs(encoded.vectors - expected).max() <= 1e-6 * scale
    assert not encoded.vectors[1].any()
    assert encoded.vectors.dtype == np.float32


@pytest.mark.parametrize("normalised", [True, False])
def test_vectors_are_those_of_model2vec(folder: Path, sealed: Signature, normalised: bool) -> None:
    model2vec = pytest.importorskip("model2vec", reason="model2vec is not installed: pip install model2vec")
    reference = model2vec.StaticModel.from_pretrained(folder, normalize=normalised, max_length=16)
    mine = StaticEncoder(replace(sealed, normalised=normalised), folder).encode(TEXTS, Role.DOCUMENT).vectors
    theirs = reference.encode(TEXTS)
    room = 2e-3 if theirs.dtype == np.float16 else 1e-5  # it keeps sums and means in the table's precision
    assert np.abs(mine - theirs.astype(np.float32)).max() <= room * max(1.0, float(np.abs(theirs).max()))


def test_where_the_first_tokens_are_long_model2vec_cuts_by_characters(tmp_path: Path, sealed: Signature) -> None:
    model2vec = pytest.importorskip("model2vec", reason="model2vec is not installed: pip install model2vec")
    static_model.write(tmp_path, "float32")
    text = ["unbelievable cat"]
    sealed = replace(sealed, max_tokens=2)
    mine = StaticEncoder(sealed, tmp_path).encode(text, Role.DOCUMENT)
    cut, whole = (model2vec.StaticModel.from_pretrained(tmp_path, max_length=n).encode(text) for n in (2, None))
    assert np.abs(mine.vectors - whole / np.linalg.norm(whole)).max() <= 1e-6
    assert np.abs(mine.vectors - cut).max() > 0.1
    assert (mine.tokens.tolist(), mine.seen.tolist()) == ([2], [2])


def test_tokens_given_and_seen_are_counted(folder: Path, sealed: Signature) -> None:
    encoder = StaticEncoder(replace(sealed, prompts={"query": "how long "}), folder)
    texts = [text for text in TEXTS if text and text == text.strip()]  # a prompt may join what is bare
    for role in Role:
        encoded = encoder.encode(texts, role)
        assert encoded.tokens.tolist() == [len(spans) for spans in encoder.spans(texts)]
        assert (encoded.seen <= np.minimum(encoded.tokens, encoder.room(role))).all()
    assert encoder.room(Role.DOCUMENT) - encoder.room(Role.QUERY) == 2


def test_spans_are_the_places_of_the_tokens(folder: Path, sealed: Signature) -> None:
    [spans] = StaticEncoder(sealed, folder).spans(["the cat, dog"])
    assert [part.strip() for part in ("the cat, dog"[a:b] for a, b in spans)][:2] == ["the", "cat"]


def test_prompts_and_titles_go_before_the_text(folder: Path, sealed: Signature) -> None:
    encoder = StaticEncoder(replace(sealed, prompts={"query": "how long "}), folder)
    query = encoder.encode(["stay home"], Role.QUERY).vectors
    titled = encoder.encode(["stay home"], Role.DOCUMENT, titles=["how long"]).vectors
    plain = encoder.encode(["how long stay home"], Role.DOCUMENT).vectors
    assert np.array_equal(query, plain)
    assert np.array_equal(titled, plain)


def test_a_vector_does_not_depend_on_its_batch(
    tmp_path: Path, sealed: Signature, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = StaticEncoder(sealed, static_model.write(tmp_path, "float32"))
    rng = np.random.default_rng(5)
    texts = [" ".join(rng.choice(["cat", "dog", "zzz"], size=n)) for n in rng.integers(0, 30, 200)]
    together = encoder.encode(texts, Role.DOCUMENT)
    monkeypatch.setattr(static, "WINDOW", 7)
    monkeypatch.setattr(static, "BLOCK", 20)
    told: list[Progress] = []
    again = encoder.encode(texts, Role.DOCUMENT, told.append)
    assert np.array_equal(together.vectors, again.vectors)
    assert np.array_equal(together.seen, again.seen)
    assert told[-1].done == told[-1].total == len(set(texts))
    alone = np.concatenate([encoder.encode([text], Role.DOCUMENT).vectors for text in texts])
    assert np.array_equal(together.vectors, alone)


def test_no_texts_no_vectors(folder: Path, sealed: Signature) -> None:
    assert StaticEncoder(sealed, folder).encode([], Role.QUERY).vectors.shape == (0, static_model.DIM)


def _remove(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"other": np.zeros((2, 2), np.float32)}


def _shorten(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"embeddings": tensors["embeddings"][:5]}


def _misdirect(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {**tensors, "mapping": np.full(200, 5000)}


@pytest.mark.parametrize(
    ("damage", "named"),
    [(_remove, "embedding"), (_shorten, r"\b5\b"), (_misdirect, "rows")],
)
def test_wrong_weights_are_a_clear_error(tmp_path: Path, sealed: Signature, damage: object, named: str) -> None:
    static_model.write(tmp_path, "float32")
    static_model.change(tmp_path, damage)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=named):
        StaticEncoder(sealed, tmp_path).encode(["cat"], Role.QUERY)


def test_what_cannot_be_read_or_does_not_fit_is_a_clear_error(tmp_path: Path, sealed: Signature) -> None:
    static_model.write(tmp_path, "float32")
    with pytest.raises(ModelError, match="dim = 7"):
        StaticEncoder(replace(sealed, dim=7), tmp_path).encode(["cat"], Role.QUERY)
    with pytest.raises(ModelError, match="prompt has 16 tokens"):
        StaticEncoder(replace(sealed, prompts={"query": "cat " * 16}), tmp_path).encode(["cat"], Role.QUERY)
    with pytest.raises(InputError, match="surrogate"):
        StaticEncoder(sealed, tmp_path).encode(["\ud83c"], Role.QUERY)
    with pytest.raises(InputError, match="int8"):
        StaticEncoder(replace(sealed, precision="int8"), tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        StaticEncoder(sealed, tmp_path).encode(["cat"], Role.QUERY)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match="tokenizer"):
        StaticEncoder(sealed, tmp_path).encode(["cat"], Role.QUERY)
