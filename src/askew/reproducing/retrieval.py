"""A retrieval set in BEIR's layout: corpus.jsonl, queries.jsonl, and qrels/test.tsv, or qrels.tsv beside them."""

from collections.abc import Mapping
from dataclasses import dataclass

from askew.documents.tables import Row
from askew.errors import InputError
from askew.evaluation.qrels import Qrels
from askew.reproducing.places import Folder
from askew.reproducing.rows import files, rows
from askew.types import Document

QRELS = ("qrels/test", "qrels", "qrels.test")


@dataclass(frozen=True)
class Retrieval:
    """queries: of those that are judged the text, by id. empty: documents without any text, which nothing can find and
    which are left out.
    """

    documents: tuple[Document, ...]
    queries: Mapping[str, str]
    qrels: Qrels
    empty: int


def is_retrieval(folder: Folder) -> bool:
    return bool(files(folder, "corpus") and files(folder, "queries") and _qrels_of(folder))


def read_retrieval(folder: Folder) -> Retrieval:
    """A document that has a title only has that for its text: the model reads the same."""
    qrels = _qrels(folder)
    asked = {_id(row, folder, "queries"): str(row.values.get("text") or "") for row in _rows(folder, "queries")}
    missing = [query for query in qrels if not asked.get(query, "").strip()]
    if missing:
        raise InputError(f"{folder}: the query {missing[0]!r} is judged, but has no text in queries.jsonl.")
    given = [_document(row, folder) for row in _rows(folder, "corpus")]
    documents = tuple(document for document in given if document.text.strip())
    return Retrieval(documents, {query: asked[query] for query in qrels}, qrels, len(given) - len(documents))


def _document(row: Row, folder: Folder) -> Document:
    id = _id(row, folder, "corpus")
    title, body = (str(row.values.get(name) or "") for name in ("title", "text"))
    return Document(id, body, title) if body.strip() else Document(id, title)


def _qrels(folder: Folder) -> Qrels:
    found: dict[str, dict[str, float]] = {}
    parts = _qrels_of(folder)
    for row in _judgements(parts):
        try:
            query, document, score = (row.values[name] for name in ("query-id", "corpus-id", "score"))
            found.setdefault(str(query), {})[str(document)] = float(score)
        except (KeyError, ValueError, TypeError) as fault:
            raise InputError(f"{parts[0]}:{row.line} is no judgement: query-id, corpus-id and score.") from fault
    if not found:
        raise InputError(f"{parts[0]} holds no judgement.")
    return found


def _qrels_of(folder: Folder) -> list[Folder]:
    for name in QRELS:
        *homes, stem = name.split("/")
        found = files(folder.joinpath(*homes) if homes else folder, stem)
        if found:
            return found
    return []


def _rows(folder: Folder, stem: str) -> list[Row]:
    return _judgements(files(folder, stem))


def _judgements(parts: list[Folder]) -> list[Row]:
    return [row for row in rows(parts).rows if isinstance(row, Row)]


def _id(row: Row, folder: Folder, stem: str) -> str:
    id = row.values.get("_id", row.values.get("id"))
    if isinstance(id, bool) or not isinstance(id, str | int) or id == "":
        raise InputError(f"{folder}: line {row.line} of {stem} has no _id.")
    return str(id)
