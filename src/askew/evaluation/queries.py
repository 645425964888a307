"""What is asked and what is right: the two files of a judged set, as such sets are handed around."""

from collections.abc import Sequence
from pathlib import Path

from askew.errors import InputError
from askew.types import Document

QUERIES = ("queries.jsonl", "queries.tsv", "queries.csv")
QRELS = ("qrels.tsv", "qrels.csv", "qrels.txt", "qrels", "qrels/test.tsv", "qrels/test.csv", "qrels/test.txt")


def judged_set(folder: str | Path) -> tuple[Path, Path]:
    """The files with the queries and with the judgements: BEIR's queries.jsonl and qrels/test.tsv, or qrels.tsv."""
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"There is no folder {folder}.")
    return _first(place, QUERIES, "queries"), _first(place, QRELS, "judgements")


def by_id(queries: Sequence[Document], path: str | Path) -> dict[str, str]:
    """The text of each query. InputError where two have the same id, as judgements name a query by it."""
    texts: dict[str, str] = {}
    for query in queries:
        if query.id in texts:
            raise InputError(f"{path} has the query {query.id!r} twice. Each needs an id of its own.")
        texts[query.id] = query.text
    return texts


def _first(folder: Path, names: Sequence[str], what: str) -> Path:
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise InputError(f"{folder} has no {what}: looked for {', '.join(names)}.")
    return found
