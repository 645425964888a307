import re
from pathlib import Path

import pytest
from helpers import tiny_families
from helpers.card import MINIMAL
from helpers.cli import Here, refused


def test_a_hit_shows_score_id_title_and_passage(askew: Here, handbook: Path) -> None:
    outcome = askew("search", "book", "may dogs come to the office", "-k", "1")
    first, second = outcome.out.splitlines()
    assert first.startswith(" 1  0.")
    assert first.endswith("  pets.md  Pets")
    assert second == "    Dogs may come to the office on Fridays."


def test_a_passage_below_a_heading_says_so(askew: Here, handbook: Path) -> None:
    assert "pets.md  Pets · Cats" in askew("search", "book", "cats stay at home", "-k", "1").out


def test_json_has_everything(askew: Here, handbook: Path) -> None:
    found = askew("search", "book", "dogs", "--mode", "hybrid", "-k", "1", "--json").json
    assert (found["query"], found["mode"], found["task"]) == ("dogs", "hybrid", "question-answering")
    [hit] = found["hits"]
    assert hit["id"] == "pets.md"
    assert hit["title"] == "Pets"
    assert hit["passage"]["text"] == "Dogs may come to the office on Fridays."


def test_nothing_found_is_exit_code_1(askew: Here, handbook: Path) -> None:
    outcome = askew("search", "book", "zebra", "--mode", "lexical")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "Nothing found.\n")
    assert askew("search", "book", "zebra", "--mode", "lexical", "--json").json["hits"] == []


def test_filters(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text,year\na,red tents,2019\nb,red kayaks,2024\n")
    askew("index", "x", "rows.csv", "--task", "paraphrase", "--model", "hashing")
    found = askew("search", "x", "red", "--where", '{"year": {"$gte": 2020}}', "--json").json
    assert [hit["id"] for hit in found["hits"]] == ["b"]


def test_bad_questions_are_refused(askew: Here, handbook: Path) -> None:
    refused(askew("search", "book", " "), "empty")
    refused(askew("search", "book", "x", "-k", "0"), "k must be at least 1")
    refused(askew("search", "book", "x", "--mode", "fuzzy"), "dense, lexical, hybrid")
    refused(askew("search", "book", "x", "--where", "{"), "--where is no JSON")
    refused(askew("search", "book", "x", "--where", "[]"), "--where must be a JSON object")
    refused(askew("search", "book", "x", "--where", '{"a": {"$gte": null}}'), "$gte")
    refused(askew("search", "book", "x", "--mode", "hybrid", "--weights", "1"), "--weights takes two numbers")
    refused(askew("search", "book", "x", "--mode", "hybrid", "--weights", "0,0"), "not both 0")
    refused(askew("search", "book", "x", "--weights", "1,2"), "--weights are for --mode hybrid")


def test_similar_says_that_it_compares_documents(askew: Here, handbook: Path) -> None:
    outcome = askew("similar", "book", "Cats stay at home.", "-k", "1")
    assert "pets.md" in outcome.out
    assert "asymmetric: the text is encoded as a document" in outcome.err
    assert askew("similar", "book", "cats", "--json").json["role"] == "document"


@pytest.fixture
def reranker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny random cross-encoder with its card, in a folder; cards of one's own are kept apart from the user's."""
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    folder = tmp_path / "reader"
    tiny_families.save("bert", folder, labels=1)
    card = MINIMAL.replace('"mine"', '"reader"').replace("max_tokens = 8", "max_tokens = 24")
    files = "".join(f'"{name}" = ""\n' for name in ("model.safetensors", "tokenizer.json", "config.json"))
    facts = 'kind = "cross-encoder"\nactivation = "identity"\nfolder = "."\n'
    (folder / "card.toml").write_text(f"{card}{facts}[files]\n{files}")
    return folder


def test_reranking_says_how_many_it_scored_and_in_what_time(askew: Here, handbook: Path, reranker: Path) -> None:
    whole = askew("search", "book", "dogs in the office", "--rerank-model", "reader/", "--json")
    told = whole.json["reranking"]
    assert (told["model"], told["scored"], told["candidates"]) == ("reader", 2, 2)
    assert {hit["method"] for hit in whole.json["hits"]} == {"reader"}
    named = askew("search", "book", "dogs in the office", "--rerank", "--rerank-model", "reader", "--budget", "10s")
    assert re.fullmatch(r"Reranked 2 of 2 candidates with reader in [\d,]+ ms.\n", named.err)
    scores = [hit["score"] for hit in whole.json["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_what_cannot_be_reranked_is_said(askew: Here, handbook: Path, tmp_path: Path) -> None:
    refused(askew("search", "book", "x", "--rerank", "--budget", "soon"), "--budget is a time like 300ms or 2s")
    refused(askew("search", "book", "x", "--budget", "1s"), "for reranking")
    refused(askew("search", "book", "x", "--candidates", "0"), "At least 1 candidate")
    refused(askew("search", "book", "x", "--rerank-model", "hashing"), "hashing is a bi-encoder")
    (tmp_path / "rows.csv").write_text("id,text\na,red tents\n")
    askew("index", "x", "rows.csv", "--task", "paraphrase", "--model", "hashing")
    refused(askew("search", "x", "red", "--rerank"), "No reranking model is known for the task paraphrase")


def test_pages_and_passages(askew: Here, handbook: Path) -> None:
    whole = askew("search", "book", "dogs and holiday", "--json").json["hits"]
    second = askew("search", "book", "dogs and holiday", "-k", "1", "--offset", "1", "--json").json["hits"]
    assert [hit["id"] for hit in second] == [whole[1]["id"]]
    assert second[0]["rank"] == 2
    many = askew("search", "book", "cats dogs", "--passages", "3", "--json").json["hits"]
    assert len(many) >= len(whole)
    refused(askew("search", "book", "x", "--passages", "0"), "passages")
    refused(askew("search", "book", "x", "--document-score", "sum"), "max, mean2, mean3")


def test_a_query_in_a_script_the_model_does_not_know_is_noted(askew: Here, handbook: Path) -> None:
    (handbook / "rows.csv").write_text("id,text\na,red tents\n")
    askew("index", "real", "rows.csv", "--task", "question-answering")
    assert "Cyrillic" in askew("search", "real", "где мой паспорт").err
    assert askew("search", "real", "where is my passport").err == ""


def test_highlighting_and_its_former_name(askew: Here, handbook: Path) -> None:
    ask = ("search", "book", "may dogs come to the office", "--json")
    plain = askew(*ask).json["hits"]
    assert not any(hit["sentence"]["text"] for hit in plain)
    for flag in ("--highlight", "--mark"):
        first, *others = askew(*ask, flag, "1").json["hits"]
        assert first["sentence"]["text"] == "Dogs may come to the office on Fridays."
        assert not any(hit["sentence"]["text"] for hit in others)
