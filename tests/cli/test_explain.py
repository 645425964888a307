from dataclasses import asdict
from pathlib import Path

import pytest
from helpers.cli import Here, refused

from askew import Index
from askew.explain.explain import explain

QUERY = "may dogs come to the office"


def test_every_part_is_printed(askew: Here, handbook: Path) -> None:
    outcome = askew("explain", "book", QUERY, "pets.md", "-k", "1")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[:2] == ["task      question-answering", "model     hashing (fp32), compared by cosine"]
    assert lines[2] == f'query     "{QUERY}"'
    assert lines[3] == "          6 of 6 tokens seen"
    assert lines[4] == "document  pets.md, passage 1 of 2"
    assert lines[5] == '          "Pets Dogs may come to the office on Fridays."'
    assert lines[6] == "          9 of 9 tokens seen; of the whole document 14 of 14"
    assert {"dense", "lexical", "hybrid"} == {line.split()[0] for line in lines if line.endswith("  found")}
    assert any(line.startswith("  above 100.0 % of 1 passages ") for line in lines)
    assert any(line.split()[1:] == ["dogs", "█" * 24] for line in lines if line.startswith("  +"))


def test_a_document_that_is_not_found_has_the_k_it_needs(askew: Here, handbook: Path) -> None:
    rows = askew("explain", "book", QUERY, "leave.md", "-k", "1").out.splitlines()
    dense, lexical = (next(row for row in rows if row.startswith(channel)) for channel in ("dense", "lexical"))
    assert dense.split()[1:3] == ["2", "2"]
    assert dense.endswith("-k 2")
    assert lexical.split()[1:3] == ["-", "1"]


def evidence(out: str) -> list[list[str]]:
    """Return the rows of the table of evidence, without its headings."""
    lines = out.splitlines()
    [start] = [place for place, line in enumerate(lines) if line.startswith("Evidence of each channel")]
    return [line.split() for line in lines[start + 2 : start + 4]]


def test_the_evidence_of_each_channel_sums_to_the_hybrid_score(askew: Here, handbook: Path) -> None:
    arguments = ("explain", "book", QUERY, "pets.md", "-k", "1")
    found = askew(*arguments, "--json").json
    dense, lexical = evidence(askew(*arguments).out)
    first, second = found["evidence"]
    deviations = (first["score"] - first["floor"]) / first["deviation"]
    assert first["evidence"] == pytest.approx(0.1 * deviations**3)
    assert second["evidence"] == second["score"] > 0
    assert first["share"] + second["share"] == pytest.approx(found["hybrid"]["score"])
    assert dense == _row(first, f"{deviations:.2f}")
    assert lexical == _row(second, "-")


def _row(each: dict, deviations: str) -> list[str]:
    figures = [f"{each['evidence']:.2f}", f"{each['best']:.2f}", f"{each['share']:.5f}"]
    return [each["channel"], "1", str(each["passage"] + 1), f"{each['score']:.3f}", deviations, *figures]


def test_a_channel_that_has_not_the_document_adds_nothing(askew: Here, handbook: Path) -> None:
    out = askew("explain", "book", QUERY, "leave.md", "-k", "1").out
    assert evidence(out)[1][:6] == ["lexical", "1", "-", "-", "-", "-"]
    assert evidence(out)[1][7] == "0.00000"
    assert sum(line.startswith("lexical: ") for line in out.splitlines()) == 1


def test_json_has_the_same_figures_under_the_same_names(askew: Here, handbook: Path) -> None:
    fields = askew("explain", "book", QUERY, "leave.md", "-k", "1", "--weights", "2,1", "--json").json
    with Index.open(handbook / "book") as index:
        found = asdict(explain(index, QUERY, "leave.md", 1, weights=(2.0, 1.0)))
    assert fields.pop("weights") == list(found.pop("weights"))
    assert fields["dense"] == found["dense"]
    assert fields["evidence"] == list(found["evidence"])
    assert [each["weight"] for each in fields["evidence"]] == [2.0, 1.0]
    assert fields["among_pairs"] == found["among_pairs"]
    assert fields["query_words"]["words"] == list(found["query_words"]["words"])
    assert set(fields) == set(found)


def test_a_document_excluded_by_the_filter(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text,year\na,red tents,2019\nb,red kayaks,2024\n")
    askew("index", "x", "rows.csv", "--task", "question-answering", "--model", "hashing")
    where = ("--where", '{"year": {"$gte": 2020}}')
    for document, excluded in (("a", True), ("b", False)):
        assert askew("explain", "x", "red tents", document, *where, "--json").json["filtered_out"] is excluded
        out = askew("explain", "x", "red tents", document, *where).out
        assert out.startswith("The filter excludes") is excluded


def test_a_query_of_one_word_and_a_corpus_of_one_document(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text\na,tents\n")
    askew("index", "x", "rows.csv", "--task", "question-answering", "--model", "hashing")
    out = askew("explain", "x", "tents", "a").out
    assert "median" not in out
    assert "nan" not in out


def test_many_words_are_cut_and_counted(askew: Here, handbook: Path) -> None:
    query = " ".join(f"word{number}" for number in range(70))
    assert "  … and 62 more, 6 of them " in askew("explain", "book", query, "pets.md").out
    assert "  … and 1 more; --json" in askew("explain", "book", "a b c d e f g h i", "pets.md").out
    assert askew("explain", "book", query, "pets.md", "--json").json["query_words"]["left_out"] == 6


def test_invalid_arguments(askew: Here, handbook: Path) -> None:
    refused(askew("explain", "book", QUERY, "pet.md"), "'pet.md'", "pets.md")
    refused(askew("explain", "book", " ", "pets.md"), "empty")
    refused(askew("explain", "book", QUERY, "pets.md", "-k", "0"), "k")
    refused(askew("explain", "book", QUERY, "pets.md", "--where", "["), "--where")
    refused(askew("explain", "nobook", QUERY, "pets.md"), "askew index nobook.askew")


@pytest.fixture
def prompted(askew: Here, handbook: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """An index whose tiny random model has a prompt per role."""
    from helpers import tiny_families
    from helpers.tiny_prompts import card_of

    monkeypatch.setenv("ASKEW_CARDS", str(handbook / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(handbook / "cache"))
    card = card_of(tiny_families.save("bert", handbook / "tiny"))
    assert askew("index", "two", "pages", "--task", "question-answering", "--model", str(card)).code == 0
    return askew


def test_both_roles_are_compared(prompted: Here) -> None:
    out = prompted("explain", "two", QUERY, "pets.md").out
    both = prompted("explain", "two", QUERY, "pets.md", "--json").json["roles"]
    assert out.endswith(f"pets.md: rank {both['query']['rank']} as a query, {both['document']['rank']} as a document\n")
    assert '"how long: may dogs' in out


def test_a_query_in_an_unknown_script_is_noted(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,text\na,tents\n")
    askew("index", "x", "rows.csv", "--task", "question-answering")
    assert askew("explain", "x", "палатки", "a").err.count("Cyrillic") == 1
