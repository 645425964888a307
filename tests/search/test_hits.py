from pathlib import Path

from helpers.entries import DIM, entry, vector

from askew.search.hits import hits
from askew.search.ranking import Ranked
from askew.stores.local import LocalStore


def test_hits_carry_rank_score_document_and_passage_in_the_order_of_the_ranking(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    store.write([entry("a", ("red tents", vector(1))), entry("b", ("blue", vector(1)), ("kayak", vector(2)))])
    first, second = hits(store, [Ranked("b", 2, 0.9), Ranked("a", 0, 0.4)])
    assert (first.rank, first.score, first.document.id, first.passage.text) == (1, 0.9, "b", "kayak")
    assert (second.rank, second.score, second.document.id, second.passage.text) == (2, 0.4, "a", "red tents")
    assert hits(store, []) == []
    store.close()
