from pathlib import Path

from helpers.entries import DIM, entry, vector

from askew.search.hits import Hits, hits
from askew.search.ranking import Ranked
from askew.search.rerank import Reranking
from askew.stores.local import LocalStore
from askew.types import Span


def test_hits_carry_rank_score_document_and_passage_in_the_order_of_the_ranking(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    store.write([entry("a", ("red tents", vector(1))), entry("b", ("blue", vector(1)), ("kayak", vector(2)))])
    first, second = hits(store, [Ranked("b", 2, 0.9), Ranked("a", 0, 0.4)])
    assert (first.rank, first.score, first.document.id, first.passage.text) == (1, 0.9, "b", "kayak")
    assert (second.rank, second.score, second.document.id, second.passage.text) == (2, 0.4, "a", "red tents")
    assert (first.shown, first.text, first.sentence) == (Span(5, 10), "kayak", Span())
    assert hits(store, []) == []
    store.close()


def test_a_passage_is_shown_with_its_neighbours_and_ranks_may_begin_later(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    store.write([entry("a", ("one", vector(1)), ("two", vector(1)), ("three", vector(1)))])
    [hit] = hits(store, [Ranked("a", 1, 0.9, (0, 2))], first=11)
    assert (hit.rank, hit.passage.text, hit.text) == (11, "two", "one\ntwo\nthree")
    store.close()


def test_hits_are_a_sequence_that_says_how_they_came_about(tmp_path: Path) -> None:
    empty = Hits(())
    assert (len(empty), list(empty), bool(empty), empty.reranking) == (0, [], False, Reranking())
