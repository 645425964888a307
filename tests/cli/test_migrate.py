import json
from pathlib import Path

import pytest
from helpers.cli import Here, refused
from helpers.hashing_card import hashing_card

from askew.index import Index


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    return hashing_card(tmp_path)


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    rows = [{"_id": "q1", "text": "dogs in the office"}, {"_id": "q2", "text": "paid holiday"}]
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tpets.md\t1\nq2\tleave.md\t1\n")
    (tmp_path / "log.txt").write_text("dogs\ncats\ndogs\n")
    return tmp_path


def model(name: str = "book") -> str:
    with Index.open(name) as index:
        return index.contract.encoder.model


def test_it_builds_compares_and_stops_then_switches_and_goes_back(askew: Here, handbook: Path, card: str) -> None:
    built = askew("migrate", "book", "--to", card)
    assert built.code == 0
    for words in (
        "2 documents encoded",
        "hashing-64 (fp32)",
        "overlap@10  1.000",
        "The old index serves. Switch: askew",
    ):
        assert words in built.out
    assert model() == "hashing"
    assert "being built" in askew("show", "book").out
    assert "hashing-64 (fp32), 2 documents" in askew("show", "book", "--json").json["versions"]["being built"]
    switched = askew("migrate", "book", "--switch")
    assert (switched.code, model()) == (0, "hashing-64")
    assert "Compared before: overlap@10 1.000" in switched.out
    assert "--drop-old" in askew("show", "book").out
    assert askew("search", "book", "dogs", "--json").json["hits"][0]["id"] == "pets.md"
    assert "serves again" in askew("migrate", "book", "--back").out
    assert model() == "hashing"
    assert askew("migrate", "book", "--switch", "--json").json["switched"] is True
    assert askew("migrate", "book", "--drop-old", "--json").json == {"done": "drop-old"}
    assert askew("show", "book", "--json").json["versions"] == {}
    assert askew("check", "book").code == 0
    assert "0 new, 0 changed, 2 unchanged" in askew("index", "book", "pages").out


def test_in_one_step(askew: Here, handbook: Path, card: str) -> None:
    outcome = askew("migrate", "book", "--to", card, "--switch", "--if-overlap", "0.5", "-k", "1", "--json")
    assert (outcome.code, outcome.json["switched"], outcome.json["encoded"]) == (0, True, 2)
    assert outcome.json["parity"]["overlap"] >= 0.5
    assert model() == "hashing-64"


def test_it_does_not_switch_where_too_little_is_shared(askew: Here, tmp_path: Path, card: str) -> None:
    rows = "".join(f'{{"id": "{n}", "text": "word{n} word{n * 7 % 50} word{n * 3 % 20}"}}\n' for n in range(200))
    (tmp_path / "rows.jsonl").write_text(rows)
    assert askew("index", "rows", "rows.jsonl", "--task", "question-answering", "--model", "hashing").code == 0
    outcome = askew("migrate", "rows", "--to", card, "--switch", "--if-overlap", "0.999")
    assert (outcome.code, model("rows")) == (1, "hashing")
    assert "Not switched: the two share" in outcome.err
    assert "Changed most:" in outcome.out
    assert askew("migrate", "rows", "--switch", "--if-overlap", "0.999", "--json").json["switched"] is False
    assert askew("migrate", "rows", "--abandon").code == 0
    refused(askew("migrate", "rows", "--switch"), "No migration of rows.askew is under way")


def test_a_log_is_asked_and_judgements_are_measured(askew: Here, handbook: Path, asked: Path, card: str) -> None:
    logged = askew("migrate", "book", "--to", card, "--queries", "log.txt", "--json").json["parity"]
    assert (logged["asked"], logged["total"], logged["queries"]) == (2, 2, "log.txt")
    assert {one["text"] for one in logged["replayed"]} == {"dogs", "cats"}
    judged = askew("migrate", "book", "--queries", "queries.jsonl", "--qrels", "qrels.tsv", "--report", "parity.html")
    assert judged.code == 0
    assert "nDCG@10  1.0000 old, 1.0000 new on 2 judged queries" in judged.out
    assert "How good the results are" in (asked / "parity.html").read_text()
    assert "Written: parity.html" in judged.err


def test_an_old_index_that_cannot_be_asked_is_migrated_without_a_comparison(
    askew: Here, handbook: Path, card: str, tmp_path: Path
) -> None:
    assert askew("migrate", "book", "--to", card, "--switch").code == 0
    assert askew("migrate", "book", "--drop-old").code == 0
    card_of_own = next((tmp_path / "cards").glob("*.toml"))
    card_of_own.write_text(card_of_own.read_text().replace("max_tokens = 100000", "max_tokens = 90000"))
    outcome = askew("migrate", "book", "--to", "hashing", "--switch")
    assert (outcome.code, model()) == (0, "hashing")
    assert "cannot be asked any more" in outcome.err


def test_an_empty_index_has_nothing_to_compare(askew: Here, tmp_path: Path, card: str) -> None:
    Index.create("none", "question-answering", model="hashing").close()
    outcome = askew("migrate", "none", "--to", card, "--switch")
    assert (outcome.code, model("none")) == (0, "hashing-64")
    assert "holds no document" in outcome.err


def test_what_cannot_be_is_refused(askew: Here, handbook: Path, asked: Path, card: str) -> None:
    refused(askew("migrate", "nobook", "--to", card), "askew index nobook.askew")
    refused(askew("migrate", "book"), "Begin one: askew migrate book --to MODEL")
    refused(askew("migrate", "book", "--to", "hashing"), "nothing to migrate")
    refused(askew("migrate", "book", "--to", "hashinf"), "hashing")
    refused(askew("migrate", "book", "--back"), "keeps no older version")
    refused(askew("migrate", "book", "--back", "--switch"), "one after the other")
    refused(askew("migrate", "book", "--abandon", "--to", card), "takes no other option")
    refused(askew("migrate", "book", "--to", card, "--if-overlap", "0.5"), "give both")
    refused(askew("migrate", "book", "--to", card, "--switch", "--if-overlap", "5"), "from 0 to 1")
    refused(askew("migrate", "book", "--to", card, "--qrels", "qrels.tsv"), "--queries")
    refused(askew("migrate", "book", "--to", card, "-k", "0"), "at least 1")
    assert askew("migrate", "book", "--to", card).code == 0
    refused(
        askew("migrate", "book", "--to", "hashing", "--chunk-tokens", "9"), "under way", "chunk_tokens", "--abandon"
    )
    assert askew("migrate", "book", "--switch").code == 0
    refused(askew("migrate", "book", "--to", "hashing"), "--drop-old")
