"""Pairs of a large document encoder and a small query encoder, of tiny models."""

import json
from pathlib import Path

import pytest
from helpers.cli import Here
from helpers.encoder_pairs import document_encoder, query_encoder, texts

from askew.encoders.pairing import make_pair
from askew.models import cards, own
from askew.recommend.advice import recommend
from askew.recommend.configurations import (
    Configuration,
    Encoding,
    documents_alone,
    index_command,
    labelled_benchmark,
    pair_command,
)
from askew.recommend.grid_search import Effort, GridSearch, grid_search
from askew.recommend.two_sizes import cost, pairs_at_hand, two_sizes
from askew.tasks import get
from askew.types import Document

TASK = get("question-answering")
DOCUMENTS = [Document(f"d{n}", text) for n, text in enumerate(texts(40))]
QUERIES = {f"q{n}": " ".join(one.text.split()[:3]) for n, one in enumerate(DOCUMENTS[::4])}
QRELS = {f"q{n}": {one.id: 1.0} for n, one in enumerate(DOCUMENTS[::4])}


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def models(tmp_path: Path) -> tuple[str, str]:
    """Names of a document encoder, and of a static query encoder fitted to it."""
    large = document_encoder(tmp_path / "large")
    return large, own.add(Path(query_encoder(tmp_path / "small", large))).name


def test_a_smaller_model_in_the_space_of_a_larger_one_makes_a_pair(models: tuple[str, str], tmp_path: Path) -> None:
    large, small = models
    stranger = document_encoder(tmp_path / "stranger", "stranger", seed=8)
    assert pairs_at_hand([large, stranger], TASK, cards.names()) == [Encoding(large, queries=small)]
    assert pairs_at_hand([large], TASK, [large]) == []
    assert pairs_at_hand([large], get("paraphrase"), cards.names()) == []


def test_a_registered_pair_is_tried_under_its_name(models: tuple[str, str]) -> None:
    large, small = models
    make_pair("both", large, small)
    [found] = pairs_at_hand([large], TASK, cards.names())
    assert found == Encoding("both")
    assert documents_alone(found) == Encoding(large)


def test_documents_of_a_pair_are_encoded_once_and_both_sides_have_a_price(models: tuple[str, str]) -> None:
    large, small = models
    queries = [Document(id, text) for id, text in QUERIES.items()]
    trial = labelled_benchmark(DOCUMENTS, queries, QRELS)
    alone, pair = (Configuration(Encoding(large, queries=queries)) for queries in ("", small))
    search = grid_search(trial, [alone, pair], TASK)
    found = two_sizes(search, TASK, 1000, 5000)
    assert found is not None
    assert (found.documents, found.queries) == (large, small)
    assert found.pair.effort == found.alone.effort
    assert found.pair_cost.seconds == found.alone_cost.seconds > 0
    assert min(found.pair_cost.query_ms, found.alone_cost.query_ms) > 0
    assert found.compared.difference == pytest.approx(found.alone.score - found.pair.score)
    assert two_sizes(GridSearch(trial, (found.alone,), ()), TASK, 1000, 5000) is None


def test_a_recommendation_names_the_pair_and_its_commands_run(
    models: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    large, small = models
    monkeypatch.chdir(tmp_path)
    Path("park.txt").write_text("\n".join(one.text for one in DOCUMENTS[:3]))
    advice = recommend(DOCUMENTS, QUERIES, qrels=QRELS, task="question-answering", models=[large, small])
    found = advice.comparison.two_sizes
    assert found is not None
    assert found.pair.configuration.encoding.queries == small
    askew = Here(monkeypatch, capsys)
    register, build, search = advice.commands("park", ["park.txt"], found.pair)
    assert register == pair_command(found.pair.configuration.encoding)
    for command in (register, build, search):
        assert askew(*command.split()[1:]).code == 0
    assert cards.get("large-small").sides


def test_the_command_shows_both_costs(
    models: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, rows in (("park", {one.id: one.text for one in DOCUMENTS}), ("asked", QUERIES)):
        lines = [json.dumps({"id": id, "text": text}) for id, text in rows.items()]
        Path(f"{name}.jsonl").write_text("\n".join(lines))
    Path("qrels.tsv").write_text("".join(f"{query}\t{document}\t1\n" for query, [document] in QRELS.items()))
    given = ("--corpus", "park.jsonl", "--queries", "asked.jsonl", "--qrels", "qrels.tsv", "--model", models[0])
    asked = ("recommend", *given, "--model", models[1], "--task", "question-answering")
    askew = Here(monkeypatch, capsys)
    told = askew(*asked, "--json").json["two_sizes"]
    assert (told["documents"], told["queries"]) == models
    assert min(told[side]["cost"]["query_ms"] for side in ("pair", "alone")) > 0
    assert len(told["commands"]) == 3
    assert "Each query: " in askew(*asked, "--report", "advice.html").out
    assert "Each query: " in Path("advice.html").read_text()


def test_what_it_costs() -> None:
    effort = Effort(rate=50, passages=2.5, dim=384)
    told = cost(Configuration(Encoding("a")), effort, documents=1000, text_bytes=5000, query_ms=3)
    assert (told.seconds, told.query_ms) == (20, 3)
    assert told.memory == 2500 * 384 * 4
    assert told.bytes == told.memory + 10_000
    words = cost(Configuration(Encoding("a"), "lexical"), Effort(0, 1, 384), 1000, 5000, 3)
    assert (words.seconds, words.memory, words.query_ms) == (0, 0, 0)


def test_a_pair_is_built_under_a_name_of_both() -> None:
    command = index_command(Configuration(Encoding("a", queries="b")), TASK, "shop", ["x.txt"])
    assert command == "askew index shop x.txt --task question-answering --model a-b --policy accept"
