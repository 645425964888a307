import math
from pathlib import Path
from typing import Any

import pytest

from askew.dedup.corpus import of_index
from askew.dedup.find import PairParams, every_pair
from askew.dedup.labels import PairJudgement, counts, judge, labelled
from askew.errors import InputError
from askew.index import Index
from askew.pair_labels.verdict import Kind
from askew.progress import Progress
from askew.types import Document

DOCUMENTS = [
    Document("a", "Can I return a tent that I have used?"),
    Document("b", "Can I return a tent that I have not used?"),
    Document("c", "can i return a tent that i have used"),
]


def test_each_pair_has_a_label_and_deleted_documents_are_left_out(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "duplicate-questions", model="hashing") as index:
        index.add(DOCUMENTS)
        corpus = of_index(index)
        found = every_pair(corpus, PairParams(0.5))
        told: list[Progress] = []
        pairs = labelled(corpus, corpus, found, told.append)
        assert {(pair.a, pair.b): pair.label for pair in pairs} == {
            ("a", "c"): Kind.IDENTICAL,
            ("a", "b"): Kind.CONTRADICTS,
            ("b", "c"): Kind.CONTRADICTS,
        }
        assert counts(pairs) == {Kind.CONTRADICTS: 2, Kind.IDENTICAL: 1}
        assert [pair.score for pair in pairs] == found.scores.tolist()
        assert told[0].total == 3
        index.delete(["b"])
        assert [(pair.a, pair.b) for pair in labelled(corpus, corpus, found)] == [("a", "c")]


@pytest.mark.parametrize(
    ("a", "b", "label", "score"),
    [
        ("How do I reset my password?", "how do i reset my pasword", "near-identical", 0.9),
        ("I can't remember my PIN.", "I have forgotten my PIN.", "paraphrase", 0.9),
        ("You have 14 days to return it.", "You have 30 days to return it.", "other-values", 0.45),
        ("The shop is open on Sundays.", "The shop isn't open on Sundays.", "contradicts", 0.45),
        ("When is the bin emptied?", "Why is the bin emptied?", "related", 0.675),
    ],
)
def test_judge_lowers_the_score_of_texts_that_differ(a: str, b: str, label: str, score: float) -> None:
    found = judge(a, b, score=0.9)
    assert isinstance(found, PairJudgement)
    assert (found.label, found.score) == (label, pytest.approx(score))
    assert found.reason


def test_the_evidence_marks_the_words_that_decide() -> None:
    a, b = "You have 14 days to return it.", "You have 30 days to return it."
    found = judge(a, b)
    assert [a[span.start : span.end] for span in found.evidence_a] == ["14 days"]
    assert [b[span.start : span.end] for span in found.evidence_b] == ["30 days"]
    assert found.score == 0.5


def test_a_low_score_only_counts_where_few_words_are_shared() -> None:
    assert judge("Is there a pool?", "Where do I park?", score=0.2).label == "related"
    assert judge("Is there a pool?", "Where do I park?", score=0.7).label == "paraphrase"


@pytest.mark.parametrize(("a", "b", "score"), [("", "x", 0.9), ("x", " ", 0.9), ("x", 3, 0.9), ("x", "y", math.nan)])
def test_judge_rejects_what_is_not_a_pair_of_texts(a: Any, b: Any, score: float) -> None:
    with pytest.raises(InputError):
        judge(a, b, score)
