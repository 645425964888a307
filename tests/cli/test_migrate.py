import json
from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.hashing_card import hashing_card

from askew.cli.migrate import show_parity, show_stored
from askew.evaluation.significance import Comparison, Interval
from askew.index import Index
from askew.migration.parity import Judgement, Parity, ParityOutcome, ParitySide, Replayed, ReplayedHits


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    return hashing_card(tmp_path)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    rows = [{"_id": "q1", "text": "dogs in the office"}, {"_id": "q2", "text": "paid holiday"}]
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tpets.md\t1\nq2\tleave.md\t1\n")
    (tmp_path / "log.txt").write_text("dogs\ncats\ndogs\n")
    return tmp_path


def model(name: str = "book") -> str:
    with Index.open(name) as index:
        return index.contract.encoder.model


def test_build_switch_and_go_back(askew: Here, handbook: Path, card: str) -> None:
    built = askew("migrate", "book", "--to", card)
    assert built.code == 0
    for words in (
        "2 documents",
        "hashing-64 (fp32)",
        "overlap@10  1.000",
        "askew migrate book --switch",
    ):
        assert words in built.out
    assert model() == "hashing"
    assert "being built" in askew("show", "book").out
    assert "hashing-64 (fp32), 2 documents" in askew("show", "book", "--json").json["versions"]["being built"]
    switched = askew("migrate", "book", "--switch")
    assert (switched.code, model()) == (0, "hashing-64")
    assert "overlap@10 1.000" in switched.out
    assert "--drop-old" in askew("show", "book").out
    assert askew("search", "book", "dogs", "--json").json["hits"][0]["id"] == "pets.md"
    assert askew("migrate", "book", "--back").code == 0
    assert model() == "hashing"
    assert askew("migrate", "book", "--switch", "--json").json["switched"] is True
    assert askew("migrate", "book", "--drop-old", "--json").json == {"done": "drop-old"}
    assert askew("show", "book", "--json").json["versions"] == {}
    assert askew("check", "book").code == 0
    assert "0 new, 0 changed, 2 unchanged" in askew("index", "book", "pages").out


def test_build_and_switch_in_one_call(askew: Here, handbook: Path, card: str) -> None:
    outcome = askew("migrate", "book", "--to", card, "--switch", "--if-overlap", "0.5", "-k", "1", "--json")
    assert (outcome.code, outcome.json["switched"], outcome.json["encoded"]) == (0, True, 2)
    assert outcome.json["parity"]["overlap"] >= 0.5
    assert model() == "hashing-64"


def test_it_does_not_switch_below_the_required_overlap(askew: Here, tmp_path: Path, card: str) -> None:
    rows = "".join(f'{{"id": "{n}", "text": "word{n} word{n * 7 % 50} word{n * 3 % 20}"}}\n' for n in range(200))
    (tmp_path / "rows.jsonl").write_text(rows)
    assert askew("index", "rows", "rows.jsonl", "--task", "question-answering", "--model", "hashing").code == 0
    outcome = askew("migrate", "rows", "--to", card, "--switch", "--if-overlap", "0.999")
    assert (outcome.code, model("rows")) == (1, "hashing")
    assert "0.999" in outcome.err
    assert askew("migrate", "rows", "--switch", "--if-overlap", "0.999", "--json").json["switched"] is False
    assert askew("migrate", "rows", "--abandon").code == 0
    refused(askew("migrate", "rows", "--switch"), "rows.askew")


def test_queries_come_from_a_log_or_with_judgements(askew: Here, handbook: Path, files: Path, card: str) -> None:
    logged = askew("migrate", "book", "--to", card, "--queries", "log.txt", "--json").json["parity"]
    assert (logged["asked"], logged["total"], logged["queries"]) == (2, 2, "log.txt")
    assert {one["text"] for one in logged["replayed"]} == {"dogs", "cats"}
    judged = askew("migrate", "book", "--queries", "queries.jsonl", "--qrels", "qrels.tsv", "--report", "parity.html")
    assert judged.code == 0
    assert "nDCG@10  1.0000" in judged.out
    assert "nDCG@10" in (files / "parity.html").read_text()
    assert "parity.html" in judged.err


def test_an_old_index_that_cannot_be_searched_is_not_compared(
    askew: Here, handbook: Path, card: str, tmp_path: Path
) -> None:
    assert askew("migrate", "book", "--to", card, "--switch").code == 0
    assert askew("migrate", "book", "--drop-old").code == 0
    card_of_own = next((tmp_path / "cards").glob("*.toml"))
    card_of_own.write_text(card_of_own.read_text().replace("max_tokens = 100000", "max_tokens = 90000"))
    outcome = askew("migrate", "book", "--to", "hashing", "--switch")
    assert (outcome.code, model()) == (0, "hashing")
    assert "max_tokens" in outcome.err


def test_an_empty_index_is_not_compared(askew: Here, tmp_path: Path, card: str) -> None:
    Index.create("none", "question-answering", model="hashing").close()
    outcome = askew("migrate", "none", "--to", card, "--switch")
    assert (outcome.code, model("none")) == (0, "hashing-64")
    assert outcome.err


def test_impossible_steps_are_refused(askew: Here, handbook: Path, files: Path, card: str) -> None:
    refused(askew("migrate", "nobook", "--to", card), "askew index nobook.askew")
    refused(askew("migrate", "book"), "askew migrate book --to MODEL")
    refused(askew("migrate", "book", "--to", "hashing"))
    refused(askew("migrate", "book", "--to", "hashinf"), "hashing")
    refused(askew("migrate", "book", "--back"))
    refused(askew("migrate", "book", "--back", "--switch"), "switch and back")
    refused(askew("migrate", "book", "--abandon", "--to", card), "abandon")
    refused(askew("migrate", "book", "--to", card, "--if-overlap", "0.5"), "if_overlap")
    refused(askew("migrate", "book", "--to", card, "--switch", "--if-overlap", "5"), "5.0")
    refused(askew("migrate", "book", "--to", card, "--qrels", "qrels.tsv"), "qrels")
    refused(askew("migrate", "book", "--to", card, "-k", "0"), "k")
    assert askew("migrate", "book", "--to", card).code == 0
    refused(askew("migrate", "book", "--to", "hashing", "--chunk-tokens", "9"), "chunk_tokens", "--abandon")
    assert askew("migrate", "book", "--switch").code == 0
    refused(askew("migrate", "book", "--to", "hashing"), "--drop-old")


SCALE = {"best": 0.8, "last": 0.4, "floor": 0.3, "unrelated": 0.1}


def side(model: str) -> ParitySide:
    return ParitySide(model, "fp32", "f" * 64, 1234, 2345, 1, 5_000_000, SCALE)


def test_a_comparison_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    ones = tuple(
        Replayed(f"q{n}", f"query {n}", (ReplayedHits("a", 1.0),), (ReplayedHits("b", 0.5),)) for n in range(8)
    )
    outcomes = tuple(
        ParityOutcome(f"q{n}", f"query {n}", old, new) for n, (old, new) in enumerate(((1.0, 0.0), (0.2, 0.9)))
    )
    judged = Judgement("nDCG@10", 8, 0.5, 0.6, Comparison(0.1, Interval(-0.1, 0.3), 0.25, 1, 1, 6), outcomes)
    parity = Parity(
        "dense", 1, "log.csv", 8, 99, 0.0, Interval(0.0, 0.1), 0.0, side("old"), side("new"), ("what was",), ones,
        (judged,),
    )  # fmt: skip
    show_parity(parity, {"a": "Title of a"})
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines]
    assert ["documents", "1,234", "1,234"] in rows
    assert ["unrelated,", "percentile", "99", "0.300", "0.300"] in rows
    assert any("8 of 99" in line and "log.csv" in line for line in lines)
    assert any(line.startswith("overlap@1  0.000 (0.000 to 0.100)") for line in lines)
    assert any(line.startswith("nDCG@10  0.5000 old, 0.6000 new") for line in lines)
    assert "  loser   1.000 to 0.000  query 0" in lines
    assert "  winner  0.200 to 0.900  query 1" in lines
    assert lines.count("    old  Title of a") == 5
    assert lines.count("    new  b") == 5
    assert any("what was" in line for line in lines)


def test_stored_figures_are_printed_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_stored({"k": 5, "overlap": 0.25, "asked": 1200})
    [line] = capsys.readouterr().out.splitlines()
    assert "overlap@5 0.250" in line
    assert "1,200" in line
