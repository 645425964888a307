from dataclasses import asdict
from pathlib import Path

import pytest
from helpers.cli import Here, refused

from askew import Index
from askew.explain.explain import explain

QUERY = "may dogs come to the office"


def test_every_part_is_shown(askew: Here, handbook: Path) -> None:
    outcome = askew("why", "book", QUERY, "pets.md", "-k", "1")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[:2] == ["task      question-answering", "model     hashing (fp32), compared by cosine"]
    assert lines[2] == f'query     "{QUERY}"'
    assert lines[3] == "          6 of 6 tokens seen"
    assert lines[4] == "document  pets.md, passage 1 of 2"
    assert lines[5] == '          "Pets Dogs may come to the office on Fridays."'
    assert lines[6] == "          9 of 9 tokens seen; of the whole document 14 of 14"
    assert "Where it stands, k = 1:" in lines
    assert {"dense", "lexical", "hybrid"} == {line.split()[0] for line in lines if line.endswith("  shown")}
    assert any(line.startswith("  above 100.0 % of 1 passages of other documents") for line in lines)
    assert any(line.split()[1:] == ["dogs", "█" * 24] for line in lines if line.startswith("  +"))
    assert lines[-1] == (
        "As a query and as a document: one and the same ranking, as hashing has no prompts and one encoder "
        "for both roles."
    )


def test_what_is_not_shown_says_with_which_k_it_is_or_why_not(askew: Here, handbook: Path) -> None:
    rows = askew("why", "book", QUERY, "leave.md", "-k", "1").out.splitlines()
    dense, lexical = (next(row for row in rows if row.startswith(channel)) for channel in ("dense", "lexical"))
    assert dense.split()[1:3] == ["2", "2"]
    assert dense.endswith("not shown; it is with -k 2")
    assert lexical.split()[1:3] == ["-", "1"]
    assert lexical.endswith("not shown: shares no word with the query")


def test_json_has_the_same_figures_under_the_same_names(askew: Here, handbook: Path) -> None:
    told = askew("why", "book", QUERY, "leave.md", "-k", "1", "--weights", "2,1", "--json").json
    with Index.open(handbook / "book") as index:
        found = asdict(explain(index, QUERY, "leave.md", 1, weights=(2.0, 1.0)))
    assert told.pop("weights") == list(found.pop("weights"))
    assert told["dense"] == found["dense"]
    assert told["among_pairs"] == found["among_pairs"]
    assert told["query_words"]["words"] == list(found["query_words"]["words"])
    assert set(told) == set(found)


def test_a_document_that_the_filter_leaves_out(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text,year\na,red tents,2019\nb,red kayaks,2024\n")
    askew("index", "x", "rows.csv", "--task", "question-answering", "--model", "hashing")
    where = ("--where", '{"year": {"$gte": 2020}}')
    out = askew("why", "x", "red tents", "a", *where).out
    assert out.startswith("The filter leaves this document out: no search with it shows it.")
    assert askew("why", "x", "red tents", "a", *where, "--json").json["filtered_out"]
    assert "leaves" not in askew("why", "x", "red tents", "b", *where).out


def test_a_query_of_one_word_and_a_corpus_of_one_document(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text\na,tents\n")
    askew("index", "x", "rows.csv", "--task", "question-answering", "--model", "hashing")
    out = askew("why", "x", "tents", "a").out
    assert out.count("  it has no second word\n") == 2
    assert "  there are no passages of other documents with this query to compare with\n" in out
    assert "nan" not in out


def test_many_words_are_cut_and_counted(askew: Here, handbook: Path) -> None:
    query = " ".join(f"word{number}" for number in range(70))
    assert (
        "  … and 62 more, 6 of them not tried; --json has all that were\n" in askew("why", "book", query, "pets.md").out
    )
    assert "  … and 1 more; --json" in askew("why", "book", "a b c d e f g h i", "pets.md").out


def test_bad_use_is_refused(askew: Here, handbook: Path) -> None:
    refused(askew("why", "book", QUERY, "pet.md"), "holds no document 'pet.md'. Did you mean pets.md")
    refused(askew("why", "book", " ", "pets.md"), "The query is empty")
    refused(askew("why", "book", QUERY, "pets.md", "-k", "0"), "k must be at least 1")
    refused(askew("why", "book", QUERY, "pets.md", "--where", "["), "--where is no JSON")
    refused(askew("why", "nobook", QUERY, "pets.md"), "askew index nobook.askew")


@pytest.fixture
def prompted(askew: Here, handbook: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """An index of a tiny random model that tells the roles apart."""
    from helpers import tiny_families
    from helpers.tiny_prompts import card_of

    monkeypatch.setenv("ASKEW_CARDS", str(handbook / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(handbook / "cache"))
    card = card_of(tiny_families.save("bert", handbook / "tiny"))
    assert askew("index", "two", "pages", "--task", "question-answering", "--model", str(card)).code == 0
    return askew


def test_two_roles_stand_side_by_side(prompted: Here) -> None:
    out = prompted("why", "two", QUERY, "pets.md").out
    assert "The query in both roles (tiny has a prompt per role: 'how long: ' for a query, 'is not back: '" in out
    assert "; this index uses query):\nrank  as a query" in out
    both = prompted("why", "two", QUERY, "pets.md", "--json").json["roles"]
    assert out.endswith(f"pets.md: rank {both['query']['rank']} as a query, {both['document']['rank']} as a document\n")
    assert '"how long: may dogs' in out


def test_a_query_in_an_unknown_script_is_noted(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text\na,tents\n")
    askew("index", "x", "rows.csv", "--task", "question-answering")
    assert askew("why", "x", "палатки", "a").err.startswith("The query is written in Cyrillic; all-MiniLM-L6-v2")
