import pytest

from askew.search.fusion import reciprocal_rank
from askew.search.ranking import Ranked


def ranking(*documents: str, key: int = 0) -> list[Ranked]:
    return [Ranked(document, key, 9.0 - i) for i, document in enumerate(documents)]


def test_scores_by_hand() -> None:
    fused = reciprocal_rank([ranking("a", "b"), ranking("b", "c")], (1.0, 1.0), 3)
    assert [entry.document for entry in fused] == ["b", "a", "c"]
    assert [entry.score for entry in fused] == pytest.approx([1 / 62 + 1 / 61, 1 / 61, 1 / 62])


def test_weights_move_the_order_and_zero_silences() -> None:
    rankings = [ranking("a", "b"), ranking("c")]
    assert [entry.document for entry in reciprocal_rank(rankings, (1, 2), 3)] == ["c", "a", "b"]
    assert [entry.document for entry in reciprocal_rank(rankings, (1, 0), 3)] == ["a", "b"]


def test_a_tie_goes_to_the_earlier_ranking_and_k_cuts() -> None:
    fused = reciprocal_rank([ranking("a"), ranking("b")], (1, 1), 1)
    assert [entry.document for entry in fused] == ["a"]


def test_the_passage_is_from_where_the_document_stands_best() -> None:
    fused = reciprocal_rank([ranking("x", "a", key=1), ranking("a", key=2)], (1, 1), 2)
    assert fused[0].document == "a"
    assert fused[0].key == 2
