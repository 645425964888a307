from pathlib import Path

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
    refused(askew("search", "book", " "), "The query is empty")
    refused(askew("search", "book", "x", "-k", "0"), "k must be at least 1")
    refused(askew("search", "book", "x", "--mode", "fuzzy"), "dense, lexical, hybrid")
    refused(askew("search", "book", "x", "--where", "{"), "--where is no JSON")
    refused(askew("search", "book", "x", "--where", "[]"), "--where must be a JSON object")
    refused(askew("search", "book", "x", "--where", '{"a": {"$gte": null}}'), "$gte")
    refused(askew("search", "book", "x", "--mode", "hybrid", "--weights", "1"), "--weights takes two numbers")
    refused(askew("search", "book", "x", "--mode", "hybrid", "--weights", "0,0"), "not both 0")


def test_similar_says_that_it_compares_documents(askew: Here, handbook: Path) -> None:
    outcome = askew("similar", "book", "Cats stay at home.", "-k", "1")
    assert "pets.md" in outcome.out
    assert "asymmetric: the text is encoded as a document" in outcome.err
    assert askew("similar", "book", "cats", "--json").json["role"] == "document"
