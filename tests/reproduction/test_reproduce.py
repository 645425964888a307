import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from helpers.cli import ASKEW
from helpers.sets import NDCG, beir, lines, model_with, sts16

from askew.errors import StoreError
from askew.index import Index
from askew.models import cards
from askew.progress import Progress
from askew.reproduction.datasets import catalogue, figures, get
from askew.reproduction.reproduce import Figure, find, reproduce

MANY = 8_000


def measured(root: Path, name: str, report: list[Progress] | None = None) -> Figure:
    [found] = find(root, [get(name)])
    card = cards.get("counted")
    [score] = figures(card, found.published)
    return reproduce(found, score, card.name, report=report.append if report is not None else lambda _: None)


def test_a_search_is_measured_as_by_hand(home: Path) -> None:
    model_with(home / "cards", {("SciFact", "nDCG@10"): round(NDCG, 5)})
    beir(home / "data" / "scifact")
    figure = measured(home / "data", "SciFact")
    assert figure.ours == pytest.approx(NDCG)
    assert abs(figure.points) < 0.001
    assert figure.reproduced
    assert (figure.texts, figure.queries, figure.empty) == (5, 3, 1)
    assert (figure.model, figure.source) == ("counted", "by hand")


def test_the_query_itself_is_no_answer(home: Path) -> None:
    """As in ArguAna, where every query is a document of the corpus too."""
    model_with(home / "cards", {("ArguAna", "nDCG@10"): 1.0})
    folder = home / "data" / "arguana"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": "a", "text": "tents are red"}, {"_id": "b", "text": "tents are not red"}]
    lines(folder / "corpus.jsonl", [*rows, {"_id": "c", "text": "a map"}])
    lines(folder / "queries.jsonl", rows[:1])
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\na\tb\t1\n")
    assert measured(home / "data", "ArguAna").ours == 1.0


def test_similarity_is_measured_as_by_hand(home: Path) -> None:
    """Ranks 1, 2, 3 against 1, 2, 3, and against 2, 3, 1: rho = 1 - 6 (1 + 1 + 4) / (3 (9 - 1)) = -0.5."""
    model_with(home / "cards", {("STS16", "Spearman"): 1.0})
    sts16(home / "data" / "sts16")
    figure = measured(home / "data", "STS16")
    assert (figure.ours, figure.texts, figure.queries) == (pytest.approx(1.0), 3, 0)
    sts16(home / "other" / "sts16", first=0.0)
    other = measured(home / "other", "STS16")
    assert other.ours == pytest.approx(-0.5)
    assert other.points == pytest.approx(-150)
    assert not other.reproduced


def test_a_folder_of_the_right_name_in_no_known_layout_is_not_found(home: Path) -> None:
    (home / "data" / "scifact").mkdir(parents=True)
    assert find(home / "data", catalogue()) == []


def test_a_second_run_encodes_nothing(home: Path) -> None:
    model_with(home / "cards", {("SciFact", "nDCG@10"): 0.5})
    beir(home / "data" / "scifact")
    first, second = [], []
    measured(home / "data", "SciFact", first)
    measured(home / "data", "SciFact", second)
    assert any(step.what == "documents" for step in first)
    assert {step.what for step in second} == {"queries"}
    rows = [{"_id": id, "text": "other"} for id in ("d1", "d2", "d3", "d4")]
    lines(home / "data" / "scifact" / "corpus.jsonl", rows)
    changed: list[Progress] = []
    measured(home / "data", "SciFact", changed)
    assert any(step.what == "documents" for step in changed)


def test_what_was_not_used_for_long_is_taken_away(home: Path) -> None:
    old = home / "cache" / "reproduce" / "old.askew"
    old.mkdir(parents=True)
    os.utime(old, (time.time() - 31 * 86400,) * 2)
    model_with(home / "cards", {("SciFact", "nDCG@10"): 0.5})
    beir(home / "data" / "scifact")
    measured(home / "data", "SciFact")
    assert not old.exists()


def stored(home: Path) -> int:
    """How many documents the index in the cache holds."""
    for folder in (home / "cache" / "reproduce").glob("[!.]*.askew"):
        try:
            with Index.open(folder) as index:
                return index.sizes().documents
        except StoreError:
            return 0
    return 0


def test_a_run_that_was_killed_goes_on(home: Path) -> None:
    model_with(home / "cards", {("SciFact", "nDCG@10"): 1.0})
    folder = beir(home / "data" / "scifact")
    filler = "words that say nothing of boats " * 30
    lines(
        folder / "corpus.jsonl",
        [
            *({"_id": f"x{n}", "text": f"{filler} {n}"} for n in range(MANY)),
            *({"_id": f"d{n}", "title": "Stove", "text": f"gas bottle {'compass ' * (n == 4)}"} for n in range(1, 5)),
        ],
    )
    whole = [ASKEW, "reproduce", "SciFact", "--data", "data", "--model", "counted"]
    running = subprocess.Popen(whole, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while running.poll() is None and not stored(home):
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    held = stored(home)
    assert 0 < held < MANY, "killed before or after the work: make MANY larger"
    told: list[Progress] = []
    again = measured(home / "data", "SciFact", told)
    assert max(step.total for step in told if step.what == "documents") == MANY + 4 - held
    assert stored(home) == MANY + 4 == again.texts
    assert again.ours == measured(home / "data", "SciFact").ours > 0
