from pathlib import Path

from helpers.cli import Here, refused
from helpers.tiny_tokenizers import byte_bpe

from askew.cli.answer import source
from askew.search.context import Citation


def test_the_text_is_ready_for_a_prompt_and_a_note_says_how_full_it_is(askew: Here, handbook: Path) -> None:
    outcome = askew("context", "book", "may dogs come to the office")
    assert outcome.code == 0
    assert outcome.out.startswith("[1] Pets\nDogs may come to the office on Fridays.\n")
    assert outcome.err.endswith(" of 1,000 tokens (hashing), 3 sources.\n")


def test_what_has_no_room_is_counted(askew: Here, handbook: Path) -> None:
    outcome = askew("context", "book", "may dogs come to the office", "--budget-tokens", "12")
    assert outcome.out == "[1] Pets\nDogs may come to the office on Fridays.\n"
    assert outcome.err == "\n10 of 12 tokens (hashing), 1 source. Left out: 2 passages for want of room.\n"


def test_json_has_the_text_and_its_citations(askew: Here, handbook: Path) -> None:
    found = askew("context", "book", "cats at home", "--mode", "hybrid", "--budget-tokens", "30", "--json").json
    assert (found["query"], found["mode"], found["budget"], found["tokenizer"]) == (
        "cats at home",
        "hybrid",
        30,
        "hashing",
    )
    second = found["citations"][1]
    assert (second["number"], second["document"], second["heading"], second["page"]) == (2, "pets.md", "Cats", 0)
    assert found["tokens"] <= 30
    assert set(found["left_out"]) == {"budget", "repeated"}


def test_another_tokenizer_is_named(askew: Here, handbook: Path) -> None:
    byte_bpe(handbook / "tokenizer.json")
    outcome = askew("context", "book", "dogs", "--tokenizer", "tokenizer.json")
    assert "tokens (tokenizer.json)" in outcome.err


def test_nothing_is_exit_code_1(askew: Here, handbook: Path) -> None:
    outcome = askew("context", "book", "zebra", "--mode", "lexical")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "Nothing found.\n")
    outcome = askew("context", "book", "dogs", "--budget-tokens", "1")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "No sentence of what was found fits into the budget.\n"
    assert askew("context", "book", "zebra", "--mode", "lexical", "--json").json["citations"] == []


def test_bad_use_is_refused(askew: Here, handbook: Path) -> None:
    refused(askew("context", "book", " "), "The query is empty")
    refused(askew("context", "book", "x", "--budget-tokens", "0"), "at least 1 token")
    refused(askew("context", "book", "x", "--tokenizer", "none.json"), "There is no tokenizer none.json")
    refused(askew("context", "book", "x", "--where", "["), "--where is no JSON")


def test_a_source_says_where_it_is() -> None:
    citation = Citation(2, "a.pdf", "Safety", "/x/a.pdf", 7, "Safety › Fire", 0, 9, 0.5, cut=True)
    assert source(citation) == "[2] /x/a.pdf  p. 7  Safety · Fire …"
    assert source(Citation(1, "row-3", "", "", 0, "", 0, 9, 0.5)) == "[1] row-3"
