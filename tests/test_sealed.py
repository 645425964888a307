from dataclasses import replace

import pytest

from askew.bound_encoder import BoundEncoder
from askew.contract import Contract
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.errors import ContractError, ModelError
from askew.models import cards
from askew.progress import silent
from askew.search.rerank import Reranker
from askew.types import Role

SIGNATURE = signature(cards.get("hashing"), "question-answering", "fp32")


def contract(task: str = "question-answering") -> Contract:
    return Contract(task, SIGNATURE, "chunk", 100, 0, "")


def test_the_encoder_of_the_card_is_loaded_once_and_checked() -> None:
    sealed = BoundEncoder(contract())
    assert sealed.encoder("searching") is sealed.encoder("adding")
    assert sealed.encoder("searching").signature == SIGNATURE


def test_another_encoder_in_hand_is_refused_each_time() -> None:
    sealed = BoundEncoder(contract(), HashingEncoder(replace(SIGNATURE, prompts={"query": "q "})))
    for _ in range(2):
        with pytest.raises(ContractError, match="mining is refused"):
            sealed.verify("mining")
        with pytest.raises(ContractError, match="searching is refused"):
            sealed.sides("searching").query(["x"])


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
def test_the_sides_take_the_roles_of_the_task(task: str, roles: list[Role]) -> None:
    encoder = Recording()
    sides = BoundEncoder(contract(task), encoder).sides("searching")
    sides.query(["red tents"])
    sides.document(["red tents"])
    assert encoder.roles == roles


def test_a_reranker_is_kept_by_name_and_one_in_hand_is_taken() -> None:
    sealed = BoundEncoder(contract())
    mine = Reranker("mine", None)  # type: ignore[arg-type]
    assert sealed.reranker(mine) is mine
    with pytest.raises(ModelError, match="hashing is a bi-encoder"):
        sealed.reranker("hashing")
