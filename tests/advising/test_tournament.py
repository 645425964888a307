from collections.abc import Iterator
from pathlib import Path

import pytest

from askew.advising import tournament as module
from askew.advising.configurations import Configuration, Encoding
from askew.advising.tournament import compete
from askew.advising.trial import Trial, from_labels
from askew.errors import InputError
from askew.evaluation.measures import mean, per_query
from askew.index import Index
from askew.tasks import get
from askew.types import Document

TASK = get("question-answering")
HASHING = Encoding("hashing")
DOCUMENTS = [
    Document(f"{colour}-{thing}", f"The {colour} {thing} is kept in the shed. Nobody has used a {thing} for years.")
    for colour in ("red", "blue", "old")
    for thing in ("tent", "boot", "stove", "lamp")
]
QUERIES = [Document(f"q{n}", f"where is the {document.id.replace('-', ' ')}") for n, document in enumerate(DOCUMENTS)]
QRELS = {query.id: {document.id: 1.0} for query, document in zip(QUERIES, DOCUMENTS, strict=True)}


@pytest.fixture
def trial() -> Trial:
    return from_labels(DOCUMENTS, QUERIES, QRELS)


@pytest.mark.parametrize("mode", ["dense", "lexical"])
def test_a_score_is_that_of_a_real_index(trial: Trial, mode: str, tmp_path: Path) -> None:
    [standing] = compete(trial, [Configuration(HASHING, mode)], TASK, folder=tmp_path / "kept").standings
    with Index.create(tmp_path / "shed", TASK.name, model="hashing", policy="accept") as index:
        index.add(DOCUMENTS)
        rankings = index.rank([query.text for query in QUERIES], 10, mode=mode)
    run = {
        query.id: {entry.document: 1.0 - place / 100 for place, entry in enumerate(ranking)}
        for query, ranking in zip(QUERIES, rankings, strict=True)
    }
    expected = per_query(("nDCG@10",), QRELS, run)["nDCG@10"]
    assert standing.score == pytest.approx(mean(expected), abs=0.02)  # equal scores may stand in either order
    assert set(standing.values) == set(QRELS)


def test_the_best_stands_first_and_vectors_are_kept(trial: Trial, tmp_path: Path) -> None:
    every = [Configuration(HASHING), Configuration(HASHING, "hybrid"), Configuration(HASHING, "lexical")]
    first = compete(trial, every, TASK, folder=tmp_path)
    scores = [standing.score for standing in first.standings]
    assert scores == sorted(scores, reverse=True)
    assert all(standing.effort.rate > 0 for standing in first.standings)
    again = compete(trial, every, TASK, folder=tmp_path)
    assert [standing.values for standing in again.standings] == [standing.values for standing in first.standings]
    assert all(standing.effort.rate == 0 for standing in again.standings)


def test_what_there_is_no_time_for_is_named(trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ticks() -> Iterator[float]:
        yield from (100.0 * n for n in range(100))

    clock = ticks()
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    late = Configuration(Encoding("hashing", chunk_tokens=8))
    found = compete(trial, [Configuration(HASHING), late], TASK, seconds=150, folder=tmp_path)
    assert [standing.configuration.encoding for standing in found.standings] == [HASHING]
    assert found.untried == (late,)


def test_nothing_competes(trial: Trial) -> None:
    with pytest.raises(InputError, match="--model"):
        compete(trial, [], TASK)
