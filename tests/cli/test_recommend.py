"""`askew recommend`, on a small shop: its pages, and queries of customers."""

import json
import shlex
from pathlib import Path

import pytest
from helpers.cli import Here, process, refused

from askew import Index
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


def test_the_recommended_commands_run(here: Here, tmp_path: Path) -> None:
    found = here("recommend", *LABELLED, "--name", "shop", "--task", "question-answering", "--json").json
    assert found["labelled"] is True
    assert [standing["ndcg@10"] for standing in found["standings"]] == sorted(
        (standing["ndcg@10"] for standing in found["standings"]), reverse=True
    )
    built = process(*shlex.split(found["recommended"]["index"])[1:], cwd=tmp_path)
    assert built.code == 0, built
    assert "4 documents" in built.out
    command = [part if part != "QUERY" else "poles" for part in shlex.split(found["recommended"]["search"])[1:]]
    assert "tents" in process(*command, cwd=tmp_path).out


def test_the_recommended_command_reads_the_files_as_the_comparison_did(here: Here, tmp_path: Path) -> None:
    rows = [
        "sku,body,headline,note",
        *(f'{id},"{" ".join(text.split())}",{id},secret {id}' for id, text in PAGES.items()),
    ]
    Path("shop.csv").write_text("\n".join(rows), "utf-16")
    asked = ["sku,body", *(f"{id},{text}" for id, (text, _) in ASKED.items())]
    Path("asked.csv").write_text("\n".join(asked), "utf-16")
    reading = ("--id-field", "sku", "--text-field", "body", "--title-field", "headline", "--encoding", "utf-16")
    judged = ("--queries", "asked.csv", "--qrels", "qrels.tsv", "--model", "hashing", "--name", "shop")
    found = here("recommend", "--corpus", "shop.csv", *reading, *judged, "--json").json
    words = shlex.split(found["recommended"]["index"])
    assert words[3] == "shop.csv"
    assert {*zip(words[4::2], words[5::2], strict=False)} >= {*zip(reading[::2], reading[1::2], strict=True)}
    built = process(*words[1:], cwd=tmp_path)
    assert built.code == 0, built
    with Index.open(tmp_path / "shop") as index:
        [document] = index.documents(["tents"])
        assert (document.title, "secret" in document.text) == ("tents", False)


def test_kind_ranking_and_commands_are_printed(here: Here) -> None:
    outcome = here("recommend", *LABELLED, "--report", "advice.html")
    assert outcome.code == 0, outcome
    for part in (
        "Task: ",
        "nDCG@10",
        "Recommended: ",
        "Runner-up: ",
        "askew index NAME",
    ):
        assert part in outcome.out
    assert "askew index NAME" in Path("advice.html").read_text("utf-8")


def test_without_labels_queries_are_generated(here: Here) -> None:
    found = here("recommend", "--corpus", "pages.jsonl", "--model", "hashing", "--json").json
    assert found["labelled"] is False
    assert len(found["notes"]) == 1


def test_impossible_options_are_refused(here: Here) -> None:
    refused(here("recommend", "--corpus", "pages.jsonl", "--qrels", "qrels.tsv"), "--queries")
    refused(here("recommend", *LABELLED, "--time", "soon"), "90s")
    refused(here("recommend", "--corpus", "nowhere.jsonl"), "nowhere.jsonl")
    Path("other.tsv").write_text("q9\tx\t1\n", "utf-8")
    refused(here("recommend", *LABELLED[:4], "--qrels", "other.tsv", "--model", "hashing"))


def test_time() -> None:
    assert [parsed_time(text) for text in ("90s", "5m", "1.5h")] == [90, 300, 5400]
