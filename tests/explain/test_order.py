import numpy as np

from askew import Document, Index
from askew.explain.scores import Order, PassageRows, RankedEntry, by_meaning, by_word, compare
from askew.similarity import prepare

IDS = ("a", "b", "c")
CORPUS = PassageRows(np.array([10, 11, 12, 20, 21, 30]), IDS, np.array([0, 0, 0, 1, 1, 2]), {"a": 0, "b": 1, "c": 2})


def order(*scores: float) -> Order:
    return by_meaning(CORPUS, np.array(scores, np.float32))


def test_a_document_stands_by_its_best_passage() -> None:
    found = order(0.1, 0.5, 0.3, 0.9, 0.2, 0.4)
    assert found.top(5) == (
        RankedEntry(1, "b", np.float32(0.9)),
        RankedEntry(2, "a", np.float32(0.5)),
        RankedEntry(3, "c", np.float32(0.4)),
    )
    assert [found.rank(id) for id in IDS] == [2, 1, 3]
    assert (found.key(1), found.key(2), found.score(3), len(found)) == (20, 11, np.float32(0.4), 3)
    assert len(found.top(2)) == 2


def test_equal_scores_stand_by_key() -> None:
    found = order(0.1, 0.5, 0.5, 0.5, 0.5, 0.5)
    assert [entry.document for entry in found.top(3)] == ["a", "b", "c"]
    assert [found.key(rank) for rank in (1, 2, 3)] == [11, 20, 30]


def test_by_word_only_those_that_share_one_have_a_rank(small: Index) -> None:
    small.add([Document("x", "red tents"), Document("y", "blue boats"), Document("z", "red red tents, very red")])
    corpus, _ = compare(small.store, np.ones((1, small.contract.encoder.dim), np.float32), None)
    found = by_word(small.store, corpus, "red tents", None)
    assert {entry.document for entry in found.top(5)} == {"x", "z"}
    assert (found.rank("y"), len(found)) == (0, 2)
    scores = small.store.lexical("red tents", 3).scores[0]
    assert [found.score(1), found.score(2)] == scores[:2].tolist()
    assert len(by_word(small.store, corpus, "zebra", None)) == 0


def test_the_order_is_that_of_the_search(book: Index) -> None:
    query = "can I take my dog to the office"
    encoded = book.encoder("testing").encode([query], book.task.query_role)
    vector = prepare(encoded.vectors, book.contract.encoder.similarity)
    corpus, [scores] = compare(book.store, vector, None)
    for found, mode in ((by_meaning(corpus, scores), "dense"), (by_word(book.store, corpus, query, None), "lexical")):
        [ranking] = book.rank([query], 100, mode=mode)
        assert [(entry.document, entry.score) for entry in found.top(100)] == [(e.document, e.score) for e in ranking]
