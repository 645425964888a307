"""What is proposed, by what there is to learn from."""

from itertools import pairwise
from pathlib import Path

import pytest

from askew import Document, Index, InputError, advise
from askew.training.advice import REMEDIES, Evidence, enough, proposals
from askew.training.data import DataKind, ScoredPair, TrainingData
from askew.training.splits import split


def named(evidence: Evidence) -> list[str]:
    return [one.remedy.name for one in proposals(evidence).now]


def test_nothing_is_learnt_without_labels() -> None:
    assert named(Evidence()) == ["hybrid search"]
    assert {one.have for one in proposals(Evidence()).later} == {0}


def test_more_judged_queries_allow_more() -> None:
    counts = [0, 20, 45, enough("queries"), 1_000]
    found = [set(named(Evidence(queries=count))) for count in counts]
    assert all(fewer < more for fewer, more in pairwise(found))
    assert {one.remedy.unit for one in proposals(Evidence(queries=1_000)).later} == {"labelled", "scored"}


def test_labelled_pairs_call_for_a_detector_of_duplicates() -> None:
    assert "cross-encoder for duplicates" in named(Evidence(labelled=enough("pairs")))
    late = proposals(Evidence(labelled=enough("pairs") - 7)).later
    assert [one.missing for one in late if one.remedy.name == "cross-encoder for duplicates"] == [7]


def test_a_small_encoder_is_for_slow_queries_only() -> None:
    assert named(Evidence(texts=50_000)) == ["hybrid search"]
    slow = named(Evidence(texts=50_000, slow_queries=True))
    assert slow == ["hybrid search", "static encoder of queries", "small encoder of queries"]


def test_what_is_called_enough_can_be_split() -> None:
    count = enough("pairs")
    pairs = tuple(ScoredPair(f"first {n}", f"second {n}", float(n % 2)) for n in range(count))
    parts = split(TrainingData(scores=pairs, kinds=frozenset({DataKind.LABELLED}))).parts
    assert sum(len(part.scores) for part in parts.values()) == count


def test_labels_and_texts_are_counted(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("text1,text2,label\na cat,the cat,1\na cat,a dog,0\n")
    (tmp_path / "asked.jsonl").write_text('{"query": "a cat?", "document": "Cats purr."}\n')
    with Index.create(tmp_path / "i.askew", "question-answering", model="hashing") as index:
        index.add([Document("d", "A dog barks.")])
        found = advise([tmp_path / "pairs.csv", tmp_path / "asked.jsonl"], index=index).evidence
    assert (found.queries, found.labelled, found.scored, found.texts) == (1, 2, 0, 6)
    (tmp_path / "graded.csv").write_text("text1,text2,score\na cat,the cat,0.9\na cat,a dog,0.1\n")
    graded = advise(tmp_path / "graded.csv").evidence
    assert (graded.labelled, graded.scored) == (0, 2)


def test_data_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        advise(tmp_path / "nowhere.csv")
    with pytest.raises(InputError):
        advise(3)  # type: ignore[arg-type]


def test_a_remedy_has_a_reason_and_a_unit_that_exists() -> None:
    for one in REMEDIES:
        assert one.because
        assert not one.unit or hasattr(Evidence(), one.unit)
        assert one.command.startswith("askew ")
