import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.cli import Here

from askew.errors import InputError
from askew.recommend import grid_search as module
from askew.recommend.benchmark import Benchmark, labelled_benchmark
from askew.recommend.configurations import Configuration, Encoding, index_command
from askew.recommend.grid_search import MEASURE, grid_search
from askew.tasks import get
from askew.types import Document

TASK = get("question-answering")
HASHING = Encoding("hashing")
MINILM = Encoding("all-MiniLM-L6-v2")
DOCUMENTS = [
    Document(f"{colour}-{thing}", f"The {colour} {thing} is kept in the shed. Nobody has used a {thing} for years.")
    for colour in ("red", "blue", "old")
    for thing in ("tent", "boot", "stove", "lamp")
]
QUERIES = [Document(f"q{n}", f"where is the {document.id.replace('-', ' ')}") for n, document in enumerate(DOCUMENTS)]
QRELS = {query.id: {document.id: 1.0} for query, document in zip(QUERIES, DOCUMENTS, strict=True)}

PLACES = ("harbour", "forest", "castle", "station", "garden", "museum", "market", "bakery")
JOBS = ("painting", "repairing", "cleaning", "closing", "selling")
PAGES = [
    Document(
        f"{job}-{place}",
        f"Notes on {job} number {n * 7 % 13}. The {place} was visited by {n + 2} people. "
        f"Some were {job} walls all day. Nobody at the {place} liked it. "
        f"In year {1900 + n * 3} the {JOBS[n % 5]} of the {PLACES[n % 8]} began again. "
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
    return labelled_benchmark(DOCUMENTS, QUERIES, QRELS)


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


def test_nothing_competes(trial: Benchmark) -> None:
    with pytest.raises(InputError, match="--model"):
        grid_search(trial, [], TASK)
