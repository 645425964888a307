"""Documents for indexes that are migrated, and what an index answers, to compare."""

from pathlib import Path

from askew.index import Index
from askew.types import Document

WORDS = (
    "red blue green grey tent kayak rope stove lamp map boot sock river hill lake road town coast".split()  # noqa: SIM905
)

Answer = list[tuple[str, float]]
"""Ids and scores, best first."""


def documents(count: int) -> list[Document]:
    """No two alike; each of three words and a number."""
    size = len(WORDS)
    return [
        Document(
            f"d{n}",
            f"{WORDS[n % size]} {WORDS[n // size % size]} {WORDS[(n * 7 + n // 5) % size]} {n}",
            metadata={"n": n, "odd": bool(n % 2)},
        )
        for n in range(count)
    ]


def answers(name: Path, queries: list[str], k: int = 5) -> list[Answer]:
    """Each query asked alone of the index as it is now."""
    with Index.open(name) as index:
        return [answer(index, query, k) for query in queries]


def answer(index: Index, query: str, k: int = 5, mode: str | None = None) -> Answer:
    return [(hit.document, round(hit.score, 5)) for hit in index.rank([query], k, mode=mode)[0]]


def texts(name: Path) -> dict[str, str]:
    """Every document by its id."""
    with Index.open(name) as index:
        ids = [account.document for account in index.accounts()]
        return {document.id: document.text for document in index.documents(ids)}


def model(name: Path) -> str:
    with Index.open(name) as index:
        return index.contract.encoder.model
