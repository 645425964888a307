from pathlib import Path

from helpers.to_migrate import documents

from askew.migration.change import ContractChange
from askew.migration.parity import document_titles, most_changed, parity, sampled
from askew.migration.report import parity_page
from askew.migration.steps import begin, both, build
from askew.types import Document


def made(book: Path, card: str, mode: str = "dense", judged: bool = True) -> str:
    begin(book, ContractChange(model=card))
    build(book)
    queries = [Document("<q>", "<script>alert(1)</script> tent"), *documents(30)]
    qrels = {query.id: {"d0": 1.0} for query in queries} if judged else None
    with both(book) as (old, new):
        found = parity(old, new, sampled(queries, "asked.csv"), 5, mode, qrels)
        named = document_titles(old, new, most_changed(found.replayed))
    return parity_page("book", found, named)


def test_the_report_has_figures_and_escapes_texts(book: Path, card: str) -> None:
    html = made(book, card)
    for words in (
        "asked.csv",
        "hashing-64",
        "nDCG@10",
        "<svg",
    ):
        assert words in html
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert "src=" not in html


def test_a_report_without_changes_or_judgements(book: Path, card: str) -> None:
    html = made(book, card, "lexical", judged=False)
    assert "nDCG@10" not in html
