from pathlib import Path

import pytest
from helpers.cli import Here, refused

from askew.models import cards
from askew.tasks import TASKS


def test_the_contract_and_the_sizes_are_shown(askew: Here, handbook: Path) -> None:
    out = askew("show", "book").out
    for words in (
        "question-answering (asymmetric)",
        "hashing (fp32, 512 dimensions, cosine)",
        "2 in 3 passages",
    ):
        assert words in out, out


def test_json_has_contract_sizes_and_search(askew: Here, handbook: Path) -> None:
    shown = askew("show", "book", "--json").json
    assert shown["contract"]["task"] == "question-answering"
    assert len(shown["contract"]["fingerprint"]) == 64
    assert shown["sizes"]["documents"] == 2
    assert shown["search"]["method"] == "exact"


def test_an_approximate_search_shows_its_measured_recall(
    askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    from askew.stores.local import ivf_build

    monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
    words = [f"{a}{b}" for a in "abcdefghijklmnopqrst" for b in range(10)]
    rows = "".join(
        f'{{"text": "{words[i % 200]} {words[i // 200 * 7 % 200]} {words[i * 3 % 200]}"}}\n' for i in range(5000)
    )
    (tmp_path / "rows.jsonl").write_text(rows)
    askew("index", "big", "rows.jsonl", "--task", "paraphrase", "--model", "hashing")
    found = askew("show", "big", "--json").json["search"]
    assert (found["method"], found["recall_asked"]) == ("ivf", 0.99)
    assert found["recall"] >= 0.99
    assert f"{found['recall']:.4f}" in askew("show", "big").out
    assert askew("search", "big", "a1", "-k", "1").code == 0


def test_the_ledger_lists_totals_and_truncated_documents(askew: Here, tmp_path: Path) -> None:
    lines = [" ".join(["word"] * count) for count in (300, 20, 400)]
    (tmp_path / "texts.txt").write_text("\n".join(lines))
    made = askew("index", "x", "texts.txt", "--format", "lines", "--task", "paraphrase", "--policy", "accept")
    assert made.code == 0
    lines = askew("show", "x", "--ledger").out.splitlines()
    assert [line.split() for line in lines[5:]] == [
        ["146", "254", "400", "1", "texts.txt:3"],
        ["46", "254", "300", "1", "texts.txt:1"],
    ]
    found = askew("show", "x", "--ledger", "--json").json
    assert (found["tokens"], found["seen"], found["lost"], found["truncated"]) == (720, 528, 192, 2)
    assert {row["document"]: row["lost"] for row in found["ledger"]} == {
        "texts.txt:1": 46,
        "texts.txt:2": 0,
        "texts.txt:3": 146,
    }


def test_every_task_is_listed(askew: Here) -> None:
    out = askew("tasks").out
    assert all(f"{task.name} " in out and task.kind in out for task in TASKS)
    found = askew("tasks", "--json").json
    assert [(task["name"], task["model"]) for task in found] == [(task.name, task.model) for task in TASKS]
    for task in found:
        recommended = cards.get(task["recommended"])
        assert task["name"] in recommended.tasks
        assert not recommended.hosted
        assert recommended.name in out


def test_the_precision_of_the_vectors_is_shown_and_migrated(askew: Here, tmp_path: Path) -> None:
    rows = "".join(f'{{"text": "tent {n} by lake {n % 37} and hill {n % 11}"}}\n' for n in range(1100))
    (tmp_path / "rows.jsonl").write_text(rows)
    askew("index", "small", "rows.jsonl", "--task", "paraphrase", "--model", "hashing", "--vectors", "int8")
    shown = askew("show", "small", "--json").json
    assert shown["contract"]["vectors"] == "int8"
    stored = shown["search"]["stored"]
    assert (stored["precision"], stored["rows"], stored["queries"]) == ("int8", 1100, 500)
    assert 0.9 < stored["recall"] <= 1
    assert "int8" in askew("show", "small").out
    told = askew("duplicates", "small", "--threshold", "0.99")
    assert "int8" in told.out + told.err
    refused(askew("index", "small", "rows.jsonl", "--vectors", "binary"))
    refused(askew("index", "other", "rows.jsonl", "--task", "paraphrase", "--dim", "8"))
    askew("migrate", "small", "--vectors", "float32", "--switch")
    assert "vectors" not in askew("show", "small", "--json").json["contract"]
