import json
from pathlib import Path

from helpers.cli import Here, refused


def test_proposals_name_the_index_and_what_is_missing(askew: Here, handbook: Path, tmp_path: Path) -> None:
    rows = [{"query": f"what is thing {n}", "document": f"Thing {n} is red."} for n in range(30)]
    (tmp_path / "asked.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = askew("advise", "asked.jsonl", "--index", "book", "--json").json
    assert [one["name"] for one in found["now"]] == ["hybrid search", "weights of hybrid search"]
    assert found["now"][1]["command"] == "askew tune book QUERIES QRELS"
    assert found["evidence"] == {"queries": 30, "labelled": 0, "scored": 0, "texts": 62, "slow_queries": False}
    assert {one["name"]: one["missing"] for one in found["later"]}["threshold with a guarantee"] == 15
    told = askew("advise", "asked.jsonl").out
    assert "30 judged queries" in told
    assert "askew tune NAME" in told


def test_nothing_to_learn_from_is_said(askew: Here, handbook: Path) -> None:
    assert "no labels" in askew("advise").out
    refused(askew("advise", "nowhere.jsonl"), "nowhere.jsonl")
    refused(askew("advise", "--index", "nowhere"), "nowhere")
