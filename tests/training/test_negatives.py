"""Mined hard negatives, beside brute force."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.projected import Projected

from askew import Document, Index, InputError, negatives
from askew.encoders import Encoded
from askew.progress import Report, silent
from askew.similarity import normalise
from askew.training import stored
from askew.types import Role

TEXTS = {
    "ferry": "The ferry to the island leaves at nine.",
    "ferry-late": "The ferry to the island may leave late in fog.",
    "bus": "The bus to the harbour leaves every ten minutes.",
    "swim": "Children learn to swim in the lake.",
    "boat": "A boat to the island can be hired at the harbour.",
    "tax": "Tax returns are due in May.",
}
QUERIES = {"q1": "when does the ferry to the island leave", "q2": "where can I hire a boat", "q3": "who am I"}
QRELS = {"q1": {"ferry": 1}, "q2": {"boat": 2, "bus": 0}, "q3": {"gone": 1}}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(tmp_path / "i.askew", task="question-answering", model="hashing")
    made.add([Document(id, text) for id, text in TEXTS.items()])
    return made


def brute(index: Index, query: str, positive: str, margin: float) -> list[str]:
    vectors = {id: index.sealed.encode_documents([text])[0] for id, text in TEXTS.items()}
    asked = index.sealed.encode_queries([query], "testing")[0]
    scores = {id: float(np.float32(asked @ vector)) for id, vector in vectors.items()}
    limit = scores[positive] - (1 - margin) * abs(scores[positive])
    others = sorted((id for id in TEXTS if id != positive), key=lambda place: -scores[place])
    return [id for id in others if scores[id] <= limit + 1e-7]


@pytest.mark.parametrize("margin", [1.0, 0.95, 0.5])
def test_negatives_are_those_of_brute_force(index: Index, margin: float) -> None:
    found = negatives(index, QUERIES, QRELS, count=9, margin=margin)
    for query, positive in (("q1", "ferry"), ("q2", "boat")):
        mined = [one.negative for one in found.found if one.query == query]
        assert mined == brute(index, QUERIES[query], positive, margin)
    assert found.without == 1
    assert found.certificate.compared == 2 * len(TEXTS)
    assert found.certificate.rounding < 1e-6


class Close(Projected):
    """An encoder whose vectors differ by less than the scores of float32 tell apart."""

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        found = super().encode(texts, role, report, titles)
        return replace(found, vectors=normalise(1e-4 * found.vectors + np.ones(self.signature.dim, np.float32)))


@pytest.mark.parametrize("memory", [stored.MEMORY, 1], ids=["at once", "one by one"])
def test_rounding_decides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: int) -> None:
    """Neither at the margin nor at the last rank."""
    monkeypatch.setattr(stored, "MEMORY", memory)
    ids = [f"d{n}" for n in range(300)]
    with Index.create(tmp_path / "close", "question-answering", encoder=Close("question-answering", 64)) as index:
        index.add([Document(id, f"text {id}") for id in ids])
        found = negatives(index, {"q": "text d0"}, {"q": {"d7": 1}}, count=100, margin=1.0)
        vectors = index.store.vectors(index.store.blocks().keys).astype(np.float64)
        exact = dict(
            zip(ids, np.einsum("ij,j->i", vectors, index.sealed.encode_queries(["text d0"], "testing")[0]), strict=True)
        )
    assert len(set(exact.values())) > 200
    assert len({np.float32(score) for score in exact.values()}) < 10
    others = sorted((id for id in ids if id != "d7"), key=lambda one: (-exact[one], ids.index(one)))[:100]
    below = [(id, exact[id]) for id in others if exact[id] <= exact["d7"]]
    assert 0 < len(below) < 100
    assert [(one.negative, one.negative_score) for one in found.found] == below


def test_ranks_and_count_limit_what_is_mined(index: Index) -> None:
    every = [one.negative for one in negatives(index, QUERIES, QRELS, count=9, margin=1).found if one.query == "q2"]
    some = negatives(index, QUERIES, QRELS, count=2, ranks=(2, 4), margin=1).found
    assert [one.negative for one in some if one.query == "q2"] == every[1:3]
    assert [one.rank for one in some if one.query == "q2"] == [2, 3]


def test_relevant_documents_are_never_negatives(index: Index) -> None:
    found = negatives(index, QUERIES, {"q1": {"ferry": 1, "ferry-late": 1}}, count=9, margin=1).found
    assert {one.positive for one in found} == {"ferry", "ferry-late"}
    assert not {one.negative for one in found} & {"ferry", "ferry-late"}


@pytest.mark.parametrize("given", [{"margin": 0}, {"margin": 1.5}, {"ranks": (5, 2)}, {"ranks": (0, 2)}, {"count": 0}])
def test_settings_out_of_bounds_are_refused(index: Index, given: dict[str, object]) -> None:
    with pytest.raises(InputError):
        negatives(index, QUERIES, QRELS, **given)  # type: ignore[arg-type]


def test_judgements_of_other_documents_are_refused(index: Index) -> None:
    with pytest.raises(InputError, match="same ids"):
        negatives(index, QUERIES, {"q3": {"gone": 1}})
