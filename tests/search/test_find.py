from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.search.ranking import SearchParams
from askew.search.rerank import Reranker
from askew.search.search import RerankOptions, RoleEncoders, search
from askew.stores.local import LocalStore
from askew.types import FloatMatrix


class Sharing:
    """Scores a pair by the letters that both texts have."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.array([len(set(query) & set(text)) for query, text in pairs], np.float32)


def encode(texts: Sequence[str]) -> FloatMatrix:
    """By its number of letters: `i` letters are near to document `i`."""
    vectors = np.zeros((len(texts), DIM), np.float32)
    vectors[:, 0] = 1
    return vectors


SIDES = RoleEncoders(encode, encode)


@pytest.fixture
def store(tmp_path: Path):
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    made.write([entry(f"d{i}", ("abcdefghij"[i:], vector(1 - i / 20))) for i in range(10)])
    yield made
    made.close()


def ids(found) -> list[str]:
    return [hit.document.id for hit in found]


def test_pages_follow_on_each_other_and_ranks_go_on(store: LocalStore) -> None:
    whole = search(store, SIDES, "q", SearchParams(10))
    pages = [search(store, SIDES, "q", SearchParams(4, offset=offset)) for offset in (0, 4, 8, 12)]
    assert [id for page in pages for id in ids(page)] == ids(whole) == [f"d{i}" for i in range(10)]
    assert [hit.rank for page in pages for hit in page] == list(range(1, 11))
    assert len(pages[-1]) == 0
    assert whole[0].document.id == "d0"
    assert ids(whole[1:3]) == ["d1", "d2"]


def test_reranking_puts_its_own_order_over_the_candidates_only(store: LocalStore) -> None:
    again = RerankOptions(Reranker("sharing", Sharing()), candidates=4)
    found = search(store, SIDES, "d", SearchParams(6), again)
    assert ids(found) == ["d0", "d1", "d2", "d3", "d4", "d5"]
    reversed_ = search(store, SIDES, "hij", SearchParams(6), again)
    assert (reversed_.reranking.candidates, reversed_.reranking.scored) == (4, 4)
    assert [hit.method for hit in reversed_] == ["sharing"] * 4 + ["dense"] * 2


def test_candidates_beyond_the_page_can_come_up(store: LocalStore) -> None:
    class Last:
        def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
            return np.array([-len(text) for _, text in pairs], np.float32)

    again = RerankOptions(Reranker("last", Last()), candidates=10)
    assert ids(search(store, SIDES, "q", SearchParams(2), again)) == ["d9", "d8"]
    assert ids(search(store, SIDES, "q", SearchParams(2, offset=2), again)) == ["d7", "d6"]


def test_marking_encodes_sentences_as_documents_and_by_word_without_a_model(store: LocalStore) -> None:
    asked = []

    def document(texts: Sequence[str]) -> FloatMatrix:
        asked.append(list(texts))
        return encode(texts)

    [hit] = search(store, RoleEncoders(encode, document), "q", SearchParams(1), mark=1)
    assert asked == [["abcdefghij"]]
    assert hit.sentence == hit.shown

    def refuse(texts: Sequence[str]) -> FloatMatrix:
        raise AssertionError

    [hit] = search(store, RoleEncoders(refuse, refuse), "j", SearchParams(1, "lexical"), mark=1)
    assert hit.sentence
