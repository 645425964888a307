from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew import Document, Index
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.explain.explain import Query, compared, ranking_of_search, subject
from askew.models import cards
from askew.search.ranking import SearchParams
from askew.types import Role

HASHING = signature(cards.get("hashing"), "question-answering", "fp32")
PAGES = [Document("tents", "red tents\n\nand blue ones"), Document("boats", "red boats"), Document("cats", "old cats")]


class Counting(HashingEncoder):
    """Counts the texts that it is given."""

    texts = 0

    def encode(self, texts, role, report=lambda _: None, titles=()):
        self.texts += len(texts)
        return super().encode(texts, role, report, titles)


def case(index: Index, id: str = "tents") -> Query:
    return Query(index, index.encoder("testing"), "red tents", id, SearchParams(2, "hybrid"))


@pytest.mark.parametrize(("prompts", "encoded"), [({}, 1), ({"query": "ask: ", "document": "text: "}, 2)])
def test_the_query_is_encoded_once_for_each_role_that_differs(
    tmp_path: Path, prompts: dict[str, str], encoded: int
) -> None:
    encoder = Counting(replace(HASHING, prompts=prompts))
    with Index.create(tmp_path / "x", "question-answering", encoder=encoder) as index:
        index.add(PAGES)
        before = encoder.texts
        found = compared(case(index), None)
        assert encoder.texts == before + encoded
        assert found.used is Role.QUERY
        assert set(found.orders) == set(found.scores) == set(Role)
        assert (found.scores[Role.QUERY] is found.scores[Role.DOCUMENT]) == (encoded == 1)


def test_a_symmetric_index_asks_in_the_role_of_documents(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "paraphrase", model="hashing") as index:
        index.add(PAGES)
        assert compared(case(index), None).used is Role.DOCUMENT


def test_the_subject_is_the_passage_that_stands_highest(small: Index) -> None:
    small.add(PAGES)
    found = compared(case(small), None)
    [own] = small.store.extents(["tents"])
    document = subject(case(small), found, own)
    assert (document.document.id, document.own) == ("tents", own)
    assert document.score == found.order.score(found.order.rank("tents"))
    assert document.score == pytest.approx(float(document.vector @ found.vector), abs=1e-6)
    assert [e.document for e in ranking_of_search(case(small), found, "dense", 2)] == ["tents", "boats"]


def test_a_document_that_was_replaced_meanwhile_is_a_key_error(small: Index) -> None:
    small.add(PAGES)
    found = compared(case(small), None)
    small.add([Document("tents", "red tents, new")])
    [own] = small.store.extents(["tents"])
    with pytest.raises(KeyError, match="tents"):
        subject(case(small), found, own)


def test_only_what_the_filter_keeps_is_compared(small: Index) -> None:
    small.add([Document(f"d{i}", f"red tent {i}", metadata={"year": 2000 + i}) for i in range(6)])
    found = compared(case(small, "d4"), {"year": {"$gte": 2003}})
    assert found.corpus.ids == ("d3", "d4", "d5")
    assert len(ranking_of_search(case(small, "d4"), found, "hybrid", 6)) == 3
    assert np.isfinite(found.scores[Role.QUERY]).all()
