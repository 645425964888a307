from pathlib import Path

import pytest
from helpers.cli import Here


def test_everything_that_was_sealed_is_shown(askew: Here, handbook: Path) -> None:
    out = askew("show", "book").out
    for words in (
        "question-answering (asymmetric)",
        "hashing (fp32, 512 dimensions, cosine)",
        "chunk: passages of up to 256 tokens, 32 shared",
        "2 in 3 passages",
        "nothing was cut",
        "exact: every passage is compared",
    ):
        assert words in out, out


def test_json_has_contract_sizes_and_search(askew: Here, handbook: Path) -> None:
    shown = askew("show", "book", "--json").json
    assert shown["contract"]["task"] == "question-answering"
    assert len(shown["contract"]["fingerprint"]) == 64
    assert shown["sizes"]["documents"] == 2
    assert shown["search"]["method"] == "exact"


def test_an_approximate_search_tells_the_recall_that_was_measured(
    askew: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from askew.stores import tuning

    monkeypatch.setattr(tuning, "PATIENCE", 0.0)
    words = [f"{a}{b}" for a in "abcdefghijklmnopqrst" for b in range(10)]
    rows = "".join(
        f'{{"text": "{words[i % 200]} {words[i // 200 * 7 % 200]} {words[i * 3 % 200]}"}}\n' for i in range(5000)
    )
    (tmp_path / "rows.jsonl").write_text(rows)
    askew("index", "big", "rows.jsonl", "--task", "paraphrase", "--model", "hashing")
    assert "approximate: recall 0.99" in askew("show", "big").out.replace("recall 1.0", "recall 0.99")
    assert askew("search", "big", "a1", "-k", "1").code == 0


def test_the_ledger_names_the_longest_losers_and_the_totals(askew: Here, tmp_path: Path) -> None:
    lines = [" ".join(["word"] * count) for count in (300, 20, 400)]
    (tmp_path / "texts.txt").write_text("\n".join(lines))
    made = askew("index", "x", "texts.txt", "--format", "lines", "--task", "paraphrase", "--policy", "accept")
    assert made.code == 0
    told = askew("show", "x", "--ledger").out.splitlines()
    assert told[0] == "3 documents in 3 passages: 720 tokens,"
    assert told[1] == "528 seen by the model, 192 lost in 2 of them."
    assert [line.split() for line in told[4:]] == [
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
