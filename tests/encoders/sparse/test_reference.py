"""Sparse encoders against sentence-transformers' SparseEncoder, on tiny random models that it saved."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from askew.encoders.sparse.encoder import SparseEncoder, load
from askew.encoders.sparse.folder import card_of
from askew.models import cards
from askew.models.folder import merge
from askew.types import Role, SparseRows

pytest.importorskip("torch", reason="the reference libraries (torch, transformers, sentence-transformers) are not here")
reference_library = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not here")
pytestmark = pytest.mark.filterwarnings("ignore")  # theirs

import torch  # noqa: E402  # needs PyTorch
from helpers import reference  # noqa: E402  # needs PyTorch
from sentence_transformers.base.modules import Router, Transformer  # noqa: E402
from sentence_transformers.sparse_encoder.modules import SparseStaticEmbedding, SpladePooling  # noqa: E402

FAMILIES = ("bert", "roberta", "xlm-roberta", "mpnet", "distilbert")
MAX_TOKENS = 100
TEXTS = [
    "How do I reset my password?",
    "no",
    "",
    "  Two men are  playing chess. ",
    "🎉 ünïcode 東京",
    "the cat " * 120,  # cut
    "A man is not riding a horse, and nobody asked him to. " * 3,
    "no",
]


def transformer(family: str, folder: Path) -> Transformer:
    base = reference.save(family, folder, head="ForMaskedLM")
    return Transformer(str(base), transformer_task="fill-mask", max_seq_length=MAX_TOKENS)


def theirs(model: "reference_library.SparseEncoder", texts: Sequence[str], role: Role) -> np.ndarray:
    encode = model.encode_query if role is Role.QUERY else model.encode_document
    return encode(list(texts), convert_to_sparse_tensor=False).numpy()


def dense(rows: SparseRows, width: int) -> np.ndarray:
    matrix = np.zeros((len(rows), width), np.float32)
    matrix[np.repeat(np.arange(len(rows)), np.diff(rows.starts)), rows.terms] = rows.weights
    return matrix


def check(model: "reference_library.SparseEncoder", folder: Path) -> SparseEncoder:
    """Save the model, read it, and compare every weight in both roles."""
    model.save(str(folder))
    ours = load(cards.parse(merge.written(card_of(folder)), "the card"), "question-answering")
    for role in Role:
        expected = theirs(model, TEXTS, role)
        found = ours.encode(TEXTS, role)
        assert np.abs(dense(found.rows, expected.shape[1]) - expected).max() <= 1e-4
        assert expected.max() > 0.1
        one = ours.encode(TEXTS[:1], role).rows
        assert np.abs(dense(one, expected.shape[1]) - expected[:1]).max() <= 1e-4
    return ours


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_are_the_reference_librarys_in_every_family(family: str, tmp_path: Path) -> None:
    modules = [transformer(family, tmp_path / "base"), SpladePooling("max")]
    check(reference_library.SparseEncoder(modules=modules, device="cpu"), tmp_path / "saved")


@pytest.mark.parametrize("strategy", ["max", "sum"])
@pytest.mark.parametrize("activation", ["relu", "log1p_relu"])
def test_so_they_are_with_every_pooling(strategy: str, activation: str, tmp_path: Path) -> None:
    modules = [transformer("bert", tmp_path / "base"), SpladePooling(strategy, activation_function=activation)]
    prompts = {"query": "query: ", "document": "passage: "}
    model = reference_library.SparseEncoder(modules=modules, device="cpu", prompts=prompts)
    ours = check(model, tmp_path / "saved")
    assert ours.signature.prompts == prompts


def test_so_they_are_where_queries_need_no_model(tmp_path: Path) -> None:
    shared = transformer("bert", tmp_path / "base")
    weight = torch.rand(shared.tokenizer.vocab_size)
    weight[::3] = 0
    router = Router.for_query_document(
        [SparseStaticEmbedding(shared.tokenizer, weight)], [shared, SpladePooling("max", "log1p_relu")]
    )
    ours = check(reference_library.SparseEncoder(modules=[router], device="cpu"), tmp_path / "saved")
    assert ours.signature.towers
    assert not (ours.encode(TEXTS, Role.QUERY).rows.weights == 0).any()
    counted = ours.encode(TEXTS, Role.QUERY)
    assert counted.tokens[5] > counted.seen[5] == MAX_TOKENS == ours.room(Role.QUERY)


def test_a_folder_without_modules_is_read_as_the_library_reads_it(tmp_path: Path) -> None:
    base = reference.save("bert", tmp_path, head="ForMaskedLM")
    model = reference_library.SparseEncoder(str(base), device="cpu")
    ours = load(cards.parse(merge.written(card_of(base)), "the card"), "question-answering")
    expected = theirs(model, TEXTS, Role.DOCUMENT)
    assert np.abs(dense(ours.encode(TEXTS, Role.DOCUMENT).rows, expected.shape[1]) - expected).max() <= 1e-4
