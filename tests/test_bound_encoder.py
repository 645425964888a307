from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew.bound_encoder import BoundEncoder
from askew.contract import Contract
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.errors import ContractError, InputError, ModelError
from askew.index import Index
from askew.models import cards
from askew.progress import silent
from askew.search.rerank import Reranker
from askew.similarity import Similarity
from askew.types import Role

SIGNATURE = signature(cards.get("hashing"), "question-answering", "fp32")


def contract(task: str = "question-answering") -> Contract:
    return Contract(task, SIGNATURE, "chunk", 100, 0, "")


def test_the_encoder_of_the_card_is_loaded_once_and_checked() -> None:
    bound = BoundEncoder(contract())
    assert bound.encoder("searching") is bound.encoder("adding")
    assert bound.encoder("searching").signature == SIGNATURE


def test_another_encoder_in_hand_is_refused_each_time() -> None:
    bound = BoundEncoder(contract(), HashingEncoder(replace(SIGNATURE, prompts={"query": "q "})))
    for _ in range(2):
        with pytest.raises(ContractError):
            bound.verify("mining")
        with pytest.raises(ContractError):
            bound.encode_queries(["x"], "searching")


class Recording(HashingEncoder):
    """Notes the role in which each text is encoded."""

    def __init__(self) -> None:
        super().__init__(SIGNATURE)
        self.roles: list[Role] = []

    def encode(self, texts, role, report=silent, titles=()):
        self.roles.append(role)
        return super().encode(texts, role, report, titles)


@pytest.mark.parametrize(
    ("task", "roles"),
    [("question-answering", [Role.QUERY, Role.DOCUMENT]), ("paraphrase", [Role.DOCUMENT, Role.DOCUMENT])],
)
def test_queries_and_documents_take_the_roles_of_the_task(task: str, roles: list[Role]) -> None:
    encoder = Recording()
    bound = BoundEncoder(contract(task), encoder)
    bound.encode_queries(["red tents"], "searching")
    bound.encode_documents(["red tents"])
    assert encoder.roles == roles


def test_a_reranker_is_kept_by_name_and_one_in_hand_is_taken() -> None:
    bound = BoundEncoder(contract())
    mine = Reranker("mine", None)  # type: ignore[arg-type]
    assert bound.reranker(mine) is mine
    with pytest.raises(ModelError):
        bound.reranker("hashing")


def test_a_signature_that_is_replaced_is_verified_again() -> None:
    encoder = Recording()
    bound = BoundEncoder(contract(), encoder)
    bound.encode_queries(["red tents"], "searching")
    encoder.signature = replace(SIGNATURE, max_tokens=7)
    with pytest.raises(ContractError):
        bound.encode_queries(["red tents"], "searching")


class Unnormalised(HashingEncoder):
    def __init__(self) -> None:
        super().__init__(replace(SIGNATURE, normalised=False))

    def encode(self, texts, role, report=silent, titles=()):
        encoded = super().encode(texts, role, report, titles)
        return replace(encoded, vectors=3 * encoded.vectors)


def test_cosine_vectors_have_unit_length_whoever_normalises_them() -> None:
    plain = replace(contract(), encoder=replace(SIGNATURE, normalised=False))
    for bound in (BoundEncoder(contract()), BoundEncoder(plain, Unnormalised())):
        vectors = bound.encode_queries(["red tents", "a kayak"], "searching")
        assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-6)
    dot = replace(plain, encoder=replace(plain.encoder, similarity=Similarity.DOT))
    assert BoundEncoder(dot).prepared(3 * vectors) == pytest.approx(3 * vectors)


def test_an_encoder_of_ones_own_is_searched_with_though_its_card_could_not_make_its_vectors(tmp_path: Path) -> None:
    own = HashingEncoder(replace(SIGNATURE, dim=32))  # the card is not trained to be truncated
    with Index.create(tmp_path / "own", "question-answering", encoder=own) as index:
        index.add([{"id": "a", "text": "a red tent"}, {"id": "b", "text": "a blue kayak"}], progress=False)
        for mode in ("dense", "hybrid"):
            assert [ranked[0].document for ranked in index.rank(["red tent"], 1, mode=mode)] == ["a"]
            assert index.search("blue kayak", 1, mode=mode)[0].document.id == "b"
        assert index.sealed.languages == cards.get("hashing").languages


def test_own_vectors_need_no_encoder_and_text_is_refused() -> None:
    bound = BoundEncoder(Contract.for_vectors("article-similarity", 3))
    bound.verify("mining")
    with pytest.raises(InputError):
        bound.encode_queries(["red tents"], "searching")
    with pytest.raises(ContractError):
        BoundEncoder(Contract.for_vectors("article-similarity", 3), HashingEncoder(SIGNATURE)).verify("mining")
    assert bound.prepared(np.array([[3.0, 4.0, 0.0]], np.float32)) == pytest.approx(np.array([[0.6, 0.8, 0.0]]))
