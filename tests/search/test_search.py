from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import InputError, StoreError
from askew.explain.explain import explain
from askew.index import Index
from askew.inputs import LONGEST_QUERY, check_lengths
from askew.search.hits import Hits, Reranking
from askew.search.hybrid import NOTE
from askew.search.ranking import Ranked, SearchParams
from askew.search.rerank import Reranker
from askew.search.search import RerankOptions, fetch, rank, search
from askew.stores.local.store import LocalStore
from askew.types import Document, FloatMatrix, Span


class Sharing:
    """Scores a pair by the letters that both texts have."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.array([len(set(query) & set(text)) for query, text in pairs], np.float32)


def encode(texts: Sequence[str]) -> FloatMatrix:
    vectors = np.zeros((len(texts), DIM), np.float32)
    vectors[:, 0] = 1
    return vectors


def search_one(store: LocalStore, query: str, params: SearchParams, rerank: RerankOptions | None = None) -> Hits:
    [found] = search(store, [query], encode([query]), params, rerank)
    return found


@pytest.fixture
def store(tmp_path: Path):
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    made.write([entry(f"d{i}", ("abcdefghij"[i:], vector(1 - i / 20))) for i in range(10)])
    yield made
    made.close()


def ids(found) -> list[str]:
    return [hit.document.id for hit in found]


def test_pages_follow_on_each_other_and_ranks_go_on(store: LocalStore) -> None:
    whole = search_one(store, "q", SearchParams(10))
    pages = [search_one(store, "q", SearchParams(4, offset=offset)) for offset in (0, 4, 8, 12)]
    assert [id for page in pages for id in ids(page)] == ids(whole) == [f"d{i}" for i in range(10)]
    assert [hit.rank for page in pages for hit in page] == list(range(1, 11))
    assert len(pages[-1]) == 0
    assert whole[0].document.id == "d0"
    assert ids(whole[1:3]) == ["d1", "d2"]


@pytest.mark.parametrize(
    "how", [{"mode": "hybrid"}, {"mode": "hybrid", "weights": (1.0, 3.0)}, {"document_score": "mean2"}, {}]
)
def test_pages_neither_repeat_nor_lose_documents_however_deep(tmp_path: Path, how: dict) -> None:
    """The channels disagree, so that a document moves when they are read to another depth."""
    count, rng = 260, np.random.default_rng(3)
    made = LocalStore.create(tmp_path / "deep.askew", DIM, "m")
    words, masts = rng.permutation(count), rng.random(count)
    made.write(
        [
            entry(f"d{n}", (f"{'sail ' * (1 + int(words[n]))}rope", vector(1 - n / 300)), ("mast", vector(masts[n])))
            for n in range(count)
        ]
    )
    pages = [search_one(made, "sail", SearchParams(13, offset=offset, **how)) for offset in range(0, count, 13)]
    found = [hit for page in pages for hit in page]
    assert sorted(hit.document.id for hit in found) == sorted(f"d{number}" for number in range(count))
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert ids(search_one(made, "sail", SearchParams(count, **how))) == [hit.document.id for hit in found]
    made.close()


def test_reranking_puts_its_own_order_over_the_candidates_only(store: LocalStore) -> None:
    again = RerankOptions(Reranker("sharing", Sharing()), candidates=4)
    found = search_one(store, "d", SearchParams(6), again)
    assert ids(found) == ["d0", "d1", "d2", "d3", "d4", "d5"]
    reversed_ = search_one(store, "hij", SearchParams(6), again)
    assert (reversed_.reranking.candidates, reversed_.reranking.scored) == (4, 4)
    assert [hit.method for hit in reversed_] == ["sharing"] * 4 + ["dense"] * 2


def test_candidates_beyond_the_page_can_come_up(store: LocalStore) -> None:
    class Last:
        def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
            return np.array([-len(text) for _, text in pairs], np.float32)

    again = RerankOptions(Reranker("last", Last()), candidates=10)
    assert ids(search_one(store, "q", SearchParams(2), again)) == ["d9", "d8"]
    assert ids(search_one(store, "q", SearchParams(2, offset=2), again)) == ["d7", "d6"]


def test_many_queries_have_hits_each_and_vectors_need_no_text(store: LocalStore) -> None:
    many = search(store, ["q", "r"], encode(["q", "r"]), SearchParams(3))
    assert [ids(found) for found in many] == [["d0", "d1", "d2"]] * 2
    assert search(store, [], encode(["q", "r"]), SearchParams(3)) == many
    assert search(store, [], np.empty((0, DIM), np.float32), SearchParams(3)) == []


def test_a_document_deleted_during_a_search_is_found_by_it_and_by_no_later_one(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners, calls = store.owners, []

    def delete_first(keys: Sequence[int]) -> list[str]:
        found = owners(keys)
        if not calls:
            store.delete(["d0"])
        calls.append(1)
        return found

    monkeypatch.setattr(store, "owners", delete_first)
    assert ids(search_one(store, "q", SearchParams(2))) == ["d0", "d1"]
    assert ids(search_one(store, "q", SearchParams(2))) == ["d1", "d2"]
    assert len(calls) == 2


MEANING = {"water": vector(1.0), "camp": vector(0.0, 1.0)}


def meaning(texts: Sequence[str]) -> FloatMatrix:
    return np.array([MEANING[text] for text in texts], np.float32)


@pytest.fixture
def boats(tmp_path: Path):
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    made.write(
        [
            entry("boats", ("kayak", vector(0.9)), ("canoe", vector(0.8))),
            entry("words", ("water", vector(0.1, 0.2))),
            entry("tents", ("camp", vector(0.0, 0.9)), ("fire", vector(0.3, 0.1))),
        ]
    )
    yield made
    made.close()


def names(rankings) -> list[list[str]]:
    return [[entry.document for entry in ranking] for ranking in rankings]


def test_each_mode_ranks_in_its_own_way(boats: LocalStore) -> None:
    assert names(rank(boats, ["water", "camp"], meaning(["water", "camp"]), SearchParams(3))) == [
        ["boats", "tents", "words"],
        ["tents", "words", "boats"],
    ]
    assert names(rank(boats, ["water", "camp"], None, SearchParams(3, "lexical"))) == [["words"], ["tents"]]
    [hybrid] = rank(boats, ["water"], meaning(["water"]), SearchParams(3, "hybrid"))
    assert names([hybrid]) == [["words", "boats", "tents"]]  # of five passages none is far from the mean
    assert hybrid[0].score == pytest.approx(1 - hybrid[1].score)
    assert hybrid[1].score > hybrid[2].score == 0
    assert {entry.method for entry in hybrid} == {"hybrid"}


def test_by_words_no_vectors_are_needed(boats: LocalStore) -> None:
    assert names(rank(boats, ["water"], None, SearchParams(3, "lexical"))) == [["words"]]
    with pytest.raises(ValueError, match="vectors"):
        rank(boats, ["water"], None, SearchParams(3))


def test_no_query_is_no_ranking(boats: LocalStore) -> None:
    assert rank(boats, [], np.empty((0, DIM), np.float32), SearchParams(3, "hybrid")) == []


def test_documents_can_be_scored_by_several_passages(boats: LocalStore) -> None:
    [best] = rank(boats, ["water"], meaning(["water"]), SearchParams(2, document_score="mean2"))
    assert [(entry.document, round(entry.score, 4)) for entry in best] == [("boats", 0.85), ("tents", 0.15)]


def test_several_passages_of_a_document_can_be_hits_unless_they_touch(boats: LocalStore) -> None:
    far = [("x", vector(0.0, 0.0, 0.1)) for _ in range(3)]
    boats.write([entry("long", ("one", vector(0.7)), *far, ("two", vector(0.6)))])
    [hits] = rank(boats, ["water"], meaning(["water"]), SearchParams(4, passages=2))
    assert [(entry.document, entry.key) for entry in hits] == [("boats", 0), ("long", 5), ("long", 9), ("tents", 4)]
    [once] = rank(boats, ["water"], meaning(["water"]), SearchParams(3))
    assert names([once]) == [["boats", "long", "tents"]]
    assert hits[0].neighbours == (1,)


def test_hits_carry_rank_score_document_and_passage_in_the_order_of_the_ranking(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    store.write([entry("a", ("red tents", vector(1))), entry("b", ("blue", vector(1)), ("kayak", vector(2)))])
    [(first, second)] = fetch(store, [[Ranked("b", 2, 0.9), Ranked("a", 0, 0.4)]])
    assert (first.rank, first.score, first.document.id, first.passage.text) == (1, 0.9, "b", "kayak")
    assert (second.rank, second.score, second.document.id, second.passage.text) == (2, 0.4, "a", "red tents")
    assert (first.shown, first.text, first.sentence) == (Span(5, 10), "kayak", Span())
    assert fetch(store, [[], []]) == [(), ()]
    store.close()


def test_a_passage_is_shown_with_its_neighbours_and_ranks_may_begin_later(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    store.write([entry("a", ("one", vector(1)), ("two", vector(1)), ("three", vector(1)))])
    [(hit,)] = fetch(store, [[Ranked("a", 1, 0.9, (0, 2))]], first=11)
    assert (hit.rank, hit.passage.text, hit.text) == (11, "two", "one\ntwo\nthree")
    store.close()


def test_hits_are_a_sequence_that_says_how_they_came_about(tmp_path: Path) -> None:
    empty = Hits(())
    assert (len(empty), list(empty), bool(empty), empty.reranking) == (0, [], False, Reranking())


def test_a_query_is_bounded_before_it_is_read() -> None:
    check_lengths(["x" * LONGEST_QUERY])
    with pytest.raises(InputError, match="200,001 characters"):
        check_lengths(["short", "x" * (LONGEST_QUERY + 1)])


def test_every_search_bounds_its_query(tmp_path: Path) -> None:
    long = "tents " * 1_700_000
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        index.add([Document("1", "red tents")])
        calls: list[Callable[[], object]] = [
            *(lambda mode=mode: index.search(long, mode=mode) for mode in ("dense", "lexical", "hybrid")),  # type: ignore[misc]
            lambda: index.search(["tents", long]),
            lambda: index.rank([long], 1),
            lambda: index.similar(long),
            lambda: index.context(long),
            lambda: index.learn([long], [{"1": 1}]),
            lambda: explain(index, long, "1"),
        ]
        for call in calls:
            with pytest.raises(InputError, match="characters"):
                call()


@pytest.mark.parametrize(
    "noted", ["[" * 2000, "{}", '{"dense": 1}', '{"dense": "x", "lexical": 1}', '{"dense": -1, "lexical": 1}', "x"]
)
def test_damaged_weights_are_said(tmp_path: Path, noted: str) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        index.add([Document("1", "red tents")])
        index.store.set_note(NOTE, noted)
        with pytest.raises(StoreError, match="tune"):
            index.search("tents", mode="hybrid")
