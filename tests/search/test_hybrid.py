from pathlib import Path

import pytest

from askew import Document, Index, explain
from askew.search.hybrid import ChannelRanking, _factor, fuse_channels
from askew.search.ranking import FACTOR, Ranked


def half(
    *scored: tuple[str, float], moments: tuple[float, float] | None = None, key: int | None = None
) -> ChannelRanking:
    return ChannelRanking(
        [Ranked(name, 10 * i if key is None else key, score) for i, (name, score) in enumerate(scored)], moments
    )


def names(fused: list[Ranked]) -> list[str]:
    return [entry.document for entry in fused]


def test_scores_by_hand() -> None:
    meaning = half(("a", 0.9), ("b", 0.6), moments=(0.1, 0.1))  # 8 and 5 deviations above the floor
    words = half(("b", 12.0), ("c", 3.0))
    fused = fuse_channels([meaning, words], (1.0, 1.0), 3)
    assert names(fused) == ["a", "b", "c"]
    best = 0.1 * 8**3 + 12
    assert [entry.score for entry in fused] == pytest.approx([51.2 / best, (12.5 + 12) / best, 3 / best])
    assert {entry.method for entry in fused} == {"hybrid"}


def test_a_channel_counts_as_much_as_it_has_to_say() -> None:
    words = half(("b", 9.0), ("a", 3.0))
    lost = half(("x", 0.95), ("y", 0.94), moments=(0.9, 0.03))  # no document stands out
    sure = half(("x", 0.95), ("y", 0.6), moments=(0.1, 0.1))
    assert names(fuse_channels([lost, words], (1, 1), 1)) == ["b"]
    assert names(fuse_channels([sure, words], (1, 1), 1)) == ["x"]


def test_where_no_channel_has_evidence_all_that_is_found_is_equal() -> None:
    same = half(("a", 0.5), ("b", 0.5), moments=(0.5, 0.0))
    assert [entry.score for entry in fuse_channels([same, half()], (1, 1), 2)] == [0.5, 0.5]
    assert names(fuse_channels([same, half(("c", 2.0))], (1, 1), 3)) == ["c", "a", "b"]


def test_the_best_in_both_scores_one_whatever_the_weights() -> None:
    for weights in ((1, 1), (3, 1), (0.2, 0.5)):
        assert fuse_channels([half(("a", 0.9)), half(("a", 7.0))], weights, 1)[0].score == pytest.approx(1)


def test_a_model_whose_scores_are_all_high_counts_no_less() -> None:
    """The same answers from a model that gives 0.70 to 0.90 as from one that gives 0 to 0.2."""
    words = half(("b", 9.0), ("a", 3.0))
    low = fuse_channels([half(("a", 0.2), ("b", 0.05), moments=(0.0, 0.03)), words], (1, 1), 2)
    high = fuse_channels([half(("a", 0.9), ("b", 0.75), moments=(0.7, 0.03)), words], (1, 1), 2)
    assert names(low) == names(high)
    assert [entry.score for entry in low] == pytest.approx([entry.score for entry in high])


def test_weights_move_the_order_and_zero_silences() -> None:
    halves = [half(("a", 0.9), ("b", 0.8)), half(("c", 5.0))]
    assert names(fuse_channels(halves, (1, 2), 3)) == ["c", "a", "b"]
    assert names(fuse_channels(halves, (1, 0), 3)) == ["a", "b"]


def test_a_tie_goes_to_the_earlier_ranking_and_k_cuts() -> None:
    assert names(fuse_channels([half(("a", 9.0)), half(("b", 9.0))], (1, 1), 1)) == ["a"]


def test_scores_at_or_below_the_floor_are_worth_nothing_and_never_less() -> None:
    fused = fuse_channels([half(("a", 0.5), ("b", 0.2), ("c", -0.4), moments=(0.2, 0.1)), half()], (1, 1), 3)
    assert [entry.score for entry in fused] == [1.0, 0.0, 0.0]


def test_the_passage_is_from_where_the_document_stands_best() -> None:
    fused = fuse_channels([half(("x", 0.9), ("a", 0.8), key=1), half(("a", 5.0), key=2)], (1, 1), 2)
    assert fused[0].document == "a"
    assert fused[0].key == 2


def test_with_several_passages_it_is_they_that_are_fused() -> None:
    by_meaning = ChannelRanking([Ranked("a", 4, 0.9), Ranked("a", 8, 0.8), Ranked("b", 20, 0.7)])
    by_word = ChannelRanking([Ranked("a", 8, 9.0), Ranked("a", 9, 8.0), Ranked("b", 20, 7.0)])
    fused = fuse_channels([by_meaning, by_word], (1, 1), 9, passages=2)
    assert [(entry.document, entry.key) for entry in fused] == [("a", 8), ("b", 20), ("a", 4)]
    assert names(fuse_channels([by_meaning, by_word], (1, 1), 9, passages=1)) == ["a", "b"]


def test_as_many_neighbours_are_shown_as_in_a_search_by_one_channel(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing", chunk_tokens=8, overlap=0) as index:
        text = " ".join(f"Rule {n} says that dogs wear lead {n} here." for n in range(30))
        index.add([Document("rules", text), Document("cats", "Cats are kept at home.")])
        for mode in ("dense", "lexical", "hybrid"):
            for more in ({}, {"collapse": True}):
                [first, *_] = index.search("dogs wear lead 7", 1, mode=mode, **more)  # type: ignore[call-overload]
                assert first.id == "rules"
                assert len(first.text) < len(text) / 10


ARABIC = {
    "leave": "لكل موظف ثمانية وعشرون يوما من الإجازة المدفوعة في السنة",
    "dogs": "يسمح بدخول الكلاب الهادئة إلى المكتب يوم الجمعة",
    "coffee": "القهوة والشاي مجانا في كل طابق من المبنى",
}


def test_a_model_has_no_say_on_a_query_in_letters_that_it_was_not_taught(tmp_path: Path) -> None:
    created = Index.create(tmp_path / "x", "question-answering", model="all-MiniLM-L6-v2")
    with created as index:
        index.add([Document(id, text) for id, text in ARABIC.items()])
        index.add([Document("parking", "Parken kostet nichts."), Document("bikes", "Bikes stand in the yard.")])
    with Index.open(tmp_path / "x") as index:
        query = "هل الكلاب في المكتب"
        both, words = (index.search(query, 3, mode=mode) for mode in ("hybrid", "lexical"))
        assert [hit.id for hit in both][: len(words)] == [hit.id for hit in words]
        [meaning, _] = explain(index, query, "dogs").evidence
        assert meaning.channel == "dense"
        assert meaning.evidence == 0
        assert explain(index, "wo kann ich parken", "parking").evidence[0].evidence > 0  # Latin letters, as in English


def test_every_letter_counts_where_the_languages_of_a_model_are_not_known() -> None:
    query = ARABIC["dogs"]
    assert _factor(query, ("any",)) == _factor(query, ("ar", "en")) == FACTOR
    assert _factor(query, ("en", "de")) == 0
    assert _factor("Ответ: password", ("en",)) == FACTOR  # more than half of it is Latin
