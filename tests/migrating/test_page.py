from pathlib import Path

from helpers.to_migrate import documents

from askew.migrating.change import Change
from askew.migrating.migrate import begin, both, build
from askew.migrating.page import page
from askew.migrating.parity import parity
from askew.migrating.queries import drawn
from askew.migrating.titles import changed, titles
from askew.types import Document


def made(book: Path, card: str, mode: str = "dense", judged: bool = True) -> str:
    begin(book, Change(model=card))
    build(book)
    queries = [Document("<q>", "<script>alert(1)</script> tent"), *documents(30)]
    qrels = {query.id: {"d0": 1.0} for query in queries} if judged else None
    with both(book) as (old, new):
        found = parity(old, new, drawn(queries, "asked.csv"), 5, mode, qrels)
        named = titles(old, new, changed(found.replayed))
    return page("book", found, named)


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
