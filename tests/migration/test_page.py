from pathlib import Path

from helpers.to_migrate import documents

from askew.migration.migrate import ContractChange, begin, both, build
from askew.migration.parity import document_titles, most_changed, parity
from askew.migration.queries import drawn
from askew.migration.report import parity_page
from askew.types import Document


def made(book: Path, card: str, mode: str = "dense", judged: bool = True) -> str:
    begin(book, ContractChange(model=card))
    build(book)
    queries = [Document("<q>", "<script>alert(1)</script> tent"), *documents(30)]
    qrels = {query.id: {"d0": 1.0} for query in queries} if judged else None
    with both(book) as (old, new):
        found = parity(old, new, drawn(queries, "asked.csv"), 5, mode, qrels)
        named = document_titles(old, new, most_changed(found.replayed))
    return parity_page("book", found, named)


def test_the_page_says_what_changes_for_whom_and_how_sure(book: Path, card: str) -> None:
    html = made(book, card)
    for words in (
        "asked.csv",
        "How good the results are",
        "hashing-64",
        "95 % confidence",
        "How high the right documents stand",
        "What changes most",
        "<svg",
    ):
        assert words in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert "src=" not in html


def test_where_nothing_changes_it_says_so(book: Path, card: str) -> None:
    html = made(book, card, "lexical", judged=False)
    assert "both find the same documents for every query" in html
    assert "How good the results are" not in html
