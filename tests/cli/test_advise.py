"""`askew advise`, on a small shop: its pages, and what people ask."""

import json
import shlex
from pathlib import Path

import pytest
from helpers.cli import Here, process, refused

from askew.cli.recommend import parsed_time

PAGES = {
    "tents": "Tents\n\nOur tents stand in any storm. The poles are made of aluminium. A repair kit comes with each.",
    "stoves": "Stoves\n\nA stove burns gas from a cartridge. Never light it in a tent. Cartridges cannot be posted.",
    "boots": "Boots\n\nWaterproof boots need wax every month. Walk them in at home first. Soles can be replaced.",
    "bags": "Sleeping bags\n\nDown is warm while it is dry. Wash it with a soap for down. Dry it with tennis balls.",
}
ASKED = {
    "q1": ("what are the poles made of", "tents"),
    "q2": ("how do I wash down", "bags"),
    "q3": ("new soles", "boots"),
}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Here:
    monkeypatch.chdir(tmp_path)
    rows = [json.dumps({"id": id, "text": text}) for id, text in PAGES.items()]
    Path("pages.jsonl").write_text("\n".join(rows), "utf-8")
    Path("asked.jsonl").write_text("\n".join(json.dumps({"id": q, "text": t}) for q, (t, _) in ASKED.items()), "utf-8")
    Path("qrels.tsv").write_text("".join(f"{q}\t{d}\t1\n" for q, (_, d) in ASKED.items()), "utf-8")
    return Here(monkeypatch, capsys)


LABELLED = ("--corpus", "pages.jsonl", "--queries", "asked.jsonl", "--qrels", "qrels.tsv", "--model", "hashing")


def test_the_commands_that_are_recommended_run(here: Here, tmp_path: Path) -> None:
    told = here("advise", *LABELLED, "--name", "shop", "--task", "question-answering", "--json").json
    assert told["labelled"] is True
    assert [standing["ndcg@10"] for standing in told["standings"]] == sorted(
        (standing["ndcg@10"] for standing in told["standings"]), reverse=True
    )
    built = process(*shlex.split(told["recommended"]["index"])[1:], cwd=tmp_path)
    assert built.code == 0, built
    assert "4 documents" in built.out
    command = [part if part != "QUERY" else "poles" for part in shlex.split(told["recommended"]["search"])[1:]]
    assert "tents" in process(*command, cwd=tmp_path).out


def test_a_person_reads_kind_standings_and_commands(here: Here) -> None:
    outcome = here("advise", *LABELLED, "--report", "advice.html")
    assert outcome.code == 0, outcome
    for part in (
        "% confidence.",
        "Task: ",
        "Measured on 3 judged queries",
        "Recommended: ",
        "Runner-up: ",
        "askew index NAME",
    ):
        assert part in outcome.out
    assert "askew index NAME" in Path("advice.html").read_text("utf-8")


def test_without_labels_it_says_that_the_evidence_is_weaker(here: Here) -> None:
    outcome = here("advise", "--corpus", "pages.jsonl", "--model", "hashing")
    assert "taken from the documents themselves" in outcome.out
    assert "weaker evidence" in outcome.out


def test_what_cannot_be_advised_is_refused(here: Here) -> None:
    refused(here("advise", "--corpus", "pages.jsonl", "--qrels", "qrels.tsv"), "--queries")
    refused(here("advise", *LABELLED, "--time", "soon"), "90s")
    refused(here("advise", "--corpus", "nowhere.jsonl"), "nowhere.jsonl")
    Path("other.tsv").write_text("q9\tx\t1\n", "utf-8")
    refused(here("advise", *LABELLED[:4], "--qrels", "other.tsv", "--model", "hashing"), "do the ids meet")


def test_time() -> None:
    assert [parsed_time(text) for text in ("90s", "5m", "1.5h")] == [90, 300, 5400]
