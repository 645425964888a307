"""Sparse encoders without the reference library: counts, batches, prompts, titles, and folders that are refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers import sparse_model
from helpers.sparse_model import write

from askew import paths
from askew.encoders.sparse.encoder import SparseEncoder, load
from askew.encoders.sparse.folder import card_of, resolve
from askew.errors import ModelError
from askew.models import cards
from askew.progress import Progress
from askew.types import Role, SparseRows

TASK = "question-answering"
TEXTS = ["How do I reset my password?", "", "no", "two men are playing chess", "no", "cat " * 100]


@pytest.fixture(autouse=True)
def own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "own-cards"))


@pytest.fixture(params=["splade", "inference_free"])
def encoder(request: pytest.FixtureRequest, tmp_path: Path) -> SparseEncoder:
    return load(resolve(str(getattr(sparse_model, request.param)(tmp_path / "tiny-sparse"))), TASK)


def equal(one: SparseRows, other: SparseRows) -> bool:
    same = np.array_equal(one.starts, other.starts) and np.array_equal(one.terms, other.terms)
    return same and bool(np.abs(one.weights - other.weights).max(initial=0) <= 1e-6)


@pytest.mark.parametrize("role", list(Role))
def test_a_row_does_not_depend_on_its_batch(encoder: SparseEncoder, role: Role) -> None:
    together = encoder.encode(TEXTS, role)
    assert len(together.rows) == len(TEXTS)
    for place, text in enumerate(TEXTS):
        alone = encoder.encode([text], role)
        assert equal(alone.rows, together.rows.part(slice(place, place + 1)))
        assert (alone.tokens[0], alone.seen[0]) == (together.tokens[place], together.seen[place])
    assert (together.rows.weights > 0).all()
    assert 0 < len(together.rows.terms) < len(TEXTS) * encoder.signature.dim / 2
    assert len(encoder.encode([], role).rows) == 0


@pytest.mark.parametrize("role", list(Role))
def test_tokens_beyond_the_maximum_and_unknown_words_are_lost(encoder: SparseEncoder, role: Role) -> None:
    room = encoder.room(role)
    found = encoder.encode(["a " * (room + 5), "", "𒈙ꙮ𒈙ꙮ𒈙ꙮ a"], role)
    assert (found.tokens - found.seen).tolist()[:2] == [5, 0]
    assert found.tokens[2] > found.seen[2] >= 1
    assert len(encoder.spans(["a a"])[0]) == 2


def test_progress_is_told(encoder: SparseEncoder) -> None:
    told: list[Progress] = []
    encoder.encode(["a cat", "a dog", "a cat"], Role.DOCUMENT, told.append)
    assert (told[-1].done, told[-1].total) == (2, 2)


def test_prompts_and_titles_go_before_the_text(tmp_path: Path) -> None:
    plain = load(card_of(sparse_model.splade(tmp_path / "plain")), TASK)
    prompts = {"query": "find: ", "passage": "text: "}
    prompted = load(card_of(sparse_model.splade(tmp_path / "prompted", prompts=prompts)), TASK)
    for role, prompt in zip((Role.QUERY, Role.DOCUMENT), prompts.values(), strict=True):
        found, expected = prompted.encode(["a cat"], role), plain.encode([prompt + "a cat"], role)
        assert equal(found.rows, expected.rows)
        assert found.tokens[0] == plain.encode(["a cat"], role).tokens[0]
    titled = plain.encode(["sat on the mat"], Role.DOCUMENT, titles=["The cat"])
    assert equal(titled.rows, plain.encode(["The cat sat on the mat"], Role.DOCUMENT).rows)


def test_a_table_may_be_idf_json(tmp_path: Path) -> None:
    one = load(card_of(sparse_model.inference_free(tmp_path / "one")), TASK)
    other = load(card_of(sparse_model.inference_free(tmp_path / "other", table="idf.json")), TASK)
    assert equal(one.encode(TEXTS, Role.QUERY).rows, other.encode(TEXTS, Role.QUERY).rows)


def test_queries_without_a_model_load_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load(card_of(sparse_model.inference_free(tmp_path / "tiny")), TASK)
    monkeypatch.setattr("askew.encoders.sparse.encoder.compiled", None)
    assert len(encoder.encode(["how long"], Role.QUERY).rows.terms) >= 2


def test_a_folder_becomes_a_card_that_is_read_back(tmp_path: Path) -> None:
    for make in (sparse_model.splade, sparse_model.inference_free):
        card = resolve(str(make(tmp_path / make.__name__)))
        assert cards.get(card.name) == card
        assert (paths.own_cards() / f"{card.name}.toml").exists()
        assert resolve(card.name) == card == resolve(str(tmp_path / make.__name__))


def test_every_file_that_moves_a_weight_is_in_the_fingerprint(tmp_path: Path) -> None:
    folder = sparse_model.inference_free(tmp_path / "tiny")
    before = load(card_of(folder), TASK).signature.fingerprint
    for change in ("document_1_SpladePooling/config.json", "query_0_SparseStaticEmbedding/tokenizer_config.json"):
        file = folder / change
        kept = file.read_text()
        write(file, json.loads(kept) | {"pooling_strategy": "sum", "model_max_length": 7})
        assert load(card_of(folder), TASK).signature.fingerprint != before
        file.write_text(kept)
    sparse_model.inference_free(folder, seed=4)
    assert load(card_of(folder), TASK).signature.fingerprint != before


def test_another_models_card_is_not_replaced(tmp_path: Path) -> None:
    first, second = (resolve(str(sparse_model.splade(tmp_path / at / "hashing"))) for at in ("a", "b"))
    assert len({"hashing", first.name, second.name}) == 3
    assert cards.get(first.name) == first
    assert cards.get("hashing").kind == "bi-encoder"


@pytest.mark.parametrize(
    ("file", "change", "named"),
    [
        ("1_SpladePooling/config.json", {"activation_function": "tanh"}, "tanh"),
        ("1_SpladePooling/config.json", {"pooling_strategy": "mean"}, "mean"),
        ("sentence_bert_config.json", {"tokenizer_args": {"a": 1}}, "tokenizer_args"),
        ("sentence_bert_config.json", {"transformer_task": "feature-extraction"}, "feature-extraction"),
        ("config_sentence_transformers.json", {"max_active_dims": 32}, "max_active_dims"),
        ("tokenizer_config.json", {"truncation_side": "left"}, "truncation_side"),
        ("tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": False}, "do_lower_case"),
        ("config.json", {"model_type": "modernbert"}, "modernbert"),
        ("config.json", {"vocab_size": 9}, "word_embeddings"),
    ],
)
def test_what_is_not_computed_is_refused_by_name(tmp_path: Path, file: str, change: object, named: str) -> None:
    folder = sparse_model.splade(tmp_path / "tiny")
    write(folder / file, json.loads((folder / file).read_text()) | change)
    with pytest.raises(ModelError, match=named):
        load(card_of(folder), TASK).encode(["cat"], Role.DOCUMENT)


@pytest.mark.parametrize("missing", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    folder = sparse_model.splade(tmp_path / "tiny")
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=missing):
        card_of(folder)


def test_unknown_modules_are_named(tmp_path: Path) -> None:
    folder = sparse_model.splade(tmp_path / "tiny")
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = "sentence_transformers.sparse_encoder.modules.SparseAutoEncoder"
    write(folder / "modules.json", modules)
    with pytest.raises(ModelError, match="SparseAutoEncoder"):
        card_of(folder)
    modules[1]["path"] = "../elsewhere"
    write(folder / "modules.json", modules)
    with pytest.raises(ModelError, match="elsewhere"):
        card_of(folder)
    (folder / "modules.json").unlink()
    write(folder / "config.json", {"architectures": ["BertModel"]})
    with pytest.raises(ModelError, match="BertModel"):
        card_of(folder)
    with pytest.raises(ModelError, match="not a sparse encoder"):
        load(cards.get("hashing"), TASK)
