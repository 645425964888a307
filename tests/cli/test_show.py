from pathlib import Path

from helpers.cli import Here


def test_everything_that_was_sealed_is_shown(askew: Here, handbook: Path) -> None:
    out = askew("show", "book").out
    for words in (
        "question-answering (asymmetric)",
        "hashing (fp32, 512 dimensions, cosine)",
        "chunk: passages of up to 256 tokens, 32 shared",
        "2 in 3 passages",
        "nothing was cut",
        "method exact, recall 1.0",
    ):
        assert words in out, out


def test_json_has_contract_sizes_and_search(askew: Here, handbook: Path) -> None:
    shown = askew("show", "book", "--json").json
    assert shown["contract"]["task"] == "question-answering"
    assert len(shown["contract"]["fingerprint"]) == 64
    assert shown["sizes"]["documents"] == 2
    assert shown["search"]["method"] == "exact"
