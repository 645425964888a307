"""Rankings in memory are those of a real index."""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.cli import Here

from askew.encoders.loading import load
from askew.errors import InputError
from askew.index import Index
from askew.ingest import entries
from askew.models import cards
from askew.recommend import grid_search as module
from askew.recommend.configurations import Benchmark, Configuration, Encoding, index_command, labelled_benchmark
from askew.recommend.grid_search import (
    MEASURE,
    TOP,
    BenchmarkCorpus,
    TopDocuments,
    as_run,
    by_meaning,
    by_words,
    fused,
    grid_search,
)
from askew.stores import Entry
from askew.tasks import get
from askew.types import Document, Role

THINGS = ("tent", "boot", "stove", "lamp", "rope", "axe", "bag", "map")
COLOURS = ("red", "blue", "old", "cheap", "heavy")
DOCUMENTS = [
    Document(
        f"{colour}-{thing}", f"# The {colour} {thing}\n\nIt is {colour}. " + f"Every {thing} has a {colour} box. " * 9
    )
    for colour in COLOURS
    for thing in THINGS
]
QUERIES = ["a red tent", "heavy stove box", "where is the cheap map", "blue"]


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_a_ranking_is_that_of_an_index(mode: str, tmp_path: Path) -> None:
    encoder = load(cards.get("hashing"), "question-answering")
    with Index.create(
        tmp_path / "shop", "question-answering", encoder=encoder, policy="chunk", chunk_tokens=40, overlap=8
    ) as index:
        index.add(DOCUMENTS)
        expected = index.rank(QUERIES, TOP, mode=mode, weights=(1.0, 3.0))
        made = entries(DOCUMENTS, encoder, index.contract)
        contract = index.contract
    corpus = BenchmarkCorpus.of(made)
    assert len(corpus.owners) > len(DOCUMENTS)
    queries = encoder.encode(QUERIES, Role.QUERY).vectors
    passages = np.concatenate([entry.vectors for entry in made])
    meaning, words = by_meaning(queries, passages, corpus), by_words(QUERIES, made, corpus, contract.language)
    best = {"dense": meaning, "lexical": words, "hybrid": fused(meaning, words, (1.0, 3.0))}[mode]
    run = as_run(best, QUERIES, corpus)
    for query, ranking in zip(QUERIES, expected, strict=True):
        scores = {entry.document: entry.score for entry in ranking}
        mine = list(run[query])
        cut = min(scores.values())
        # Equal scores may stand in either order, and either of two may be the last.
        surely = {id for id, score in scores.items() if score > cut + 1e-5}
        assert surely <= set(mine)
        shared = [scores[id] for id in mine if id in scores]
        assert shared == pytest.approx(sorted(shared, reverse=True), abs=1e-4)
    for row, ranking in enumerate(expected):
        scores = [entry.score for entry in ranking]
        assert best.scores[row, : len(scores)].tolist() == pytest.approx(scores, abs=1e-4)


def test_a_run_keeps_the_scores_and_leaves_out_what_is_not_there() -> None:
    best = TopDocuments(np.array([[2, 0, -1]]), np.array([[0.9, 0.9, 0.0]], np.float32))
    run = as_run(best, ["q"], BenchmarkCorpus(["a", "b", "c"], np.arange(3)))
    assert list(run["q"]) == ["c", "a"]
    assert run["q"]["c"] == run["q"]["a"] == pytest.approx(0.9)


def test_evidence_is_that_of_a_search() -> None:
    moments = np.array([[0.2, 0.1]], np.float32)
    best = TopDocuments(np.array([[0, 1, 2]]), np.array([[0.8, 0.5, 0.1]], np.float32), moments)
    assert best.evidence()[0].tolist() == pytest.approx([21.6, 2.7, 0], rel=1e-5)
    assert TopDocuments(best.places, best.scores).evidence() is best.scores


def test_equal_scores_go_to_the_document_that_stands_first_by_meaning() -> None:
    count = 40
    downwards = np.arange(count - 1, -1, -1)[None]
    meaning = TopDocuments(downwards, np.ones((1, count), np.float32))
    none = TopDocuments(np.full((1, 3), -1), np.zeros((1, 3), np.float32))
    assert fused(meaning, none, (1.0, 1.0), TOP).places.tolist() == downwards[:, :TOP].tolist()
    assert fused(none, meaning, (1.0, 1.0), TOP).places.tolist() == downwards[:, :TOP].tolist()


def test_equal_scores_by_meaning_go_to_the_document_that_was_there_first() -> None:
    ones = np.ones((200, 2), np.float32)
    best = by_meaning(ones[:3], ones, BenchmarkCorpus([str(n) for n in range(200)], np.arange(200)), TOP)
    assert best.places.tolist() == [list(range(TOP))] * 3


def test_long_documents_do_not_crowd_out_the_others(tmp_path: Path) -> None:
    """One document's passages alone are more than are asked for at first."""
    many = [Document("long", "A tent. " * 5000), *(Document(f"d{n}", f"The tent {n} is in box {n}.") for n in range(9))]
    encoder = load(cards.get("hashing"), "question-answering")
    with Index.create(
        tmp_path / "shop", "question-answering", encoder=encoder, policy="chunk", chunk_tokens=16, overlap=0
    ) as index:
        index.add(many)
        [expected] = index.rank(["tent"], TOP, mode="lexical")
        made = entries(many, encoder, index.contract)
    corpus = BenchmarkCorpus.of(made)
    assert len(made[0].passages) > 400
    found = as_run(by_words(["tent"], made, corpus, ""), ["q"], corpus)["q"]
    assert set(found) == {entry.document for entry in expected} == {document.id for document in many}


TASK = get("question-answering")
HASHING = Encoding("hashing")
MINILM = Encoding("all-MiniLM-L6-v2")
DOCUMENTS_TOURNAMENT = [
    Document(f"{colour}-{thing}", f"The {colour} {thing} is kept in the shed. Nobody has used a {thing} for years.")
    for colour in ("red", "blue", "old")
    for thing in ("tent", "boot", "stove", "lamp")
]
QUERIES_TOURNAMENT = [
    Document(f"q{n}", f"where is the {document.id.replace('-', ' ')}")
    for n, document in enumerate(DOCUMENTS_TOURNAMENT)
]
QRELS = {query.id: {document.id: 1.0} for query, document in zip(QUERIES_TOURNAMENT, DOCUMENTS_TOURNAMENT, strict=True)}

PLACES = ("harbour", "forest", "castle", "station", "garden", "museum", "market", "bakery")
JOBS = ("painting", "repairing", "cleaning", "closing", "selling")
PAGES = [
    Document(
        f"{job}-{place}",
        f"Notes on {job} number {n * 7 % 13}. The {place} was visited by {n + 2} people. "
        f"Some were {job} walls all day. Nobody {job} at the {place} liked day {n}. "
        f"In year {1900 + n * 3} the {JOBS[n % 5]} of the {PLACES[n % 8]} began {n} times again. "
        + "And so on. "
        * n,  # no two of one length: equal scores would be ordered by how a machine rounds
    )
    for n, (job, place) in enumerate((job, place) for job in JOBS for place in PLACES)
]
ASKED = [
    Document(
        f"q{n}", f"{page.id.split('-')[0][:-3]}s the {page.id.split('-')[1]}, {PAGES[n - 1].id.split('-')[1]} year"
    )
    for n, page in enumerate(PAGES)
    if n % 2
]
MARKS = {query.id: {PAGES[int(query.id[1:])].id: 1.0} for query in ASKED}


def rows(path: Path, texts: Sequence[Document]) -> None:
    path.write_text("".join(json.dumps({"id": one.id, "text": one.text}) + "\n" for one in texts))


@pytest.fixture
def trial() -> Benchmark:
    return labelled_benchmark(DOCUMENTS_TOURNAMENT, QUERIES_TOURNAMENT, QRELS)


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
@pytest.mark.parametrize("encoding", [HASHING, MINILM, replace(MINILM, chunk_tokens=24)], ids=str)
def test_a_score_is_what_eval_says_of_the_index_that_the_command_builds(
    encoding: Encoding, mode: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    askew = Here(monkeypatch, capsys)
    rows(Path("shop.jsonl"), PAGES)
    rows(Path("asked.jsonl"), ASKED)
    Path("qrels.tsv").write_text("".join(f"{id}\t{one}\t1\n" for id, marks in MARKS.items() for one in marks))
    configuration = Configuration(encoding, mode)
    trial = labelled_benchmark(PAGES, ASKED, MARKS)
    [standing] = grid_search(trial, [configuration], TASK, folder=tmp_path / "kept").standings
    assert askew(*shlex.split(index_command(configuration, TASK, "shop", ["shop.jsonl"]))[1:]).code == 0
    asked = ("--queries", "asked.jsonl", "--qrels", "qrels.tsv", "--measures", MEASURE, "--mode", mode)
    told = askew("eval", "shop", *asked, "--json").json
    assert standing.values == pytest.approx({row["query"]: row[MEASURE] for row in told["per_query"]}, abs=1e-4)
    assert standing.score == pytest.approx(told["summaries"][0]["mean"], abs=1e-4)
    assert 0.1 < standing.score < 0.99


def test_a_score_does_not_hang_on_who_else_competes(tmp_path: Path) -> None:
    """The words of one model are brought to their stems, as its language is known; those of the other are not."""
    trial = labelled_benchmark(PAGES, ASKED, MARKS)
    every = [Configuration(replace(one, chunk_tokens=24), "lexical") for one in (MINILM, HASHING)]
    alone = {one: grid_search(trial, [one], TASK, folder=tmp_path).standings[0].values for one in every}
    together = grid_search(trial, every, TASK, folder=tmp_path).standings
    assert {one.configuration: one.values for one in together} == alone
    assert alone[every[0]] != alone[every[1]]


def test_the_best_stands_first_and_vectors_are_kept(trial: Benchmark, tmp_path: Path) -> None:
    every = [Configuration(HASHING), Configuration(HASHING, "hybrid"), Configuration(HASHING, "lexical")]
    first = grid_search(trial, every, TASK, folder=tmp_path)
    scores = [standing.score for standing in first.standings]
    assert scores == sorted(scores, reverse=True)
    assert all(standing.effort.rate > 0 for standing in first.standings)
    again = grid_search(trial, every, TASK, folder=tmp_path)
    assert [standing.values for standing in again.standings] == [standing.values for standing in first.standings]
    assert all(standing.effort.rate == 0 for standing in again.standings)


def test_what_there_is_no_time_for_is_named(trial: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ticks() -> Iterator[float]:
        yield from (100.0 * n for n in range(100))

    clock = ticks()
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    late = Configuration(Encoding("hashing", chunk_tokens=8))
    found = grid_search(trial, [Configuration(HASHING), late], TASK, seconds=150, folder=tmp_path)
    assert [standing.configuration.encoding for standing in found.standings] == [HASHING]
    assert found.untried == (late,)


def test_an_encoding_that_would_take_too_long_is_not_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few documents tell how long all take; the first encoding takes the time that it needs."""
    trial = labelled_benchmark(PAGES, ASKED, MARKS)
    assert len(PAGES) > module.PILOT
    clock, made = [0.0], []

    def encoded(documents: Sequence[Document], *given: Any) -> list[Entry]:
        made.append(len(documents))
        clock[0] += len(documents)
        return entries(documents, *given)

    monkeypatch.setattr(module, "entries", encoded)
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    late = Configuration(Encoding("hashing", chunk_tokens=8))
    found = grid_search(trial, [Configuration(HASHING), late], TASK, seconds=len(PAGES) + 5, folder=tmp_path)
    assert made == [len(PAGES), 1, len(PAGES) // 2 - 1]
    assert (len(found.standings), found.untried) == (1, (late,))
    made.clear()
    again = grid_search(trial, [Configuration(HASHING), late], TASK, seconds=1000, folder=tmp_path)
    assert (len(again.standings), again.untried) == (2, ())


def test_nothing_competes(trial: Benchmark) -> None:
    with pytest.raises(InputError, match="--model"):
        grid_search(trial, [], TASK)
