"""Relevance judgements, queries and runs: the files of a judged set."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from askew.documents.columns import Fields
from askew.documents.contents import LARGEST_TABLE, pieces
from askew.documents.encodings import decoded_text
from askew.documents.formats.draft import UnusableError as UnusableFileError
from askew.documents.names import matching
from askew.documents.read import read, rows_of
from askew.documents.rows import Bad, Row, Table, lines
from askew.documents.sources import SHEETS, SUFFIXES, TABLES
from askew.documents.tables import NUL, header, table
from askew.errors import InputError
from askew.inputs import check_lengths, ids_from, texts_from
from askew.search.ranking import Ranked
from askew.types import Document
from askew.values import UnusableError, id_of, shown

Qrels = Mapping[str, Mapping[str, float]]
"""Grades by query and document; 0 and below is not relevant."""

QUERIES = ("query-id", "query", "qid", "topic")
DOCUMENTS = ("corpus-id", "document-id", "doc-id", "document", "doc")
HEADINGS = ("score", "relevance", "rel", "label", "grade", "judgment", "judgement")
"""Known column names; case, spaces, hyphens and underscores do not count."""

LAYOUTS = (
    "query 0 document relevance (TREC), or query, document and relevance separated by tabs (BEIR); CSV, TSV "
    "and other tables with the header query,document,relevance are read as well"
)


def read_qrels(path: str | Path) -> dict[str, dict[str, float]]:
    """Read judgements in TREC or BEIR format, or CSV or TSV with named columns, in any order and among others.

    If a document is judged twice for a query, the last grade counts.
    """
    qrels: dict[str, dict[str, float]] = {}
    if _is_table(path):
        rows = _named(rows_of(path), str(path))
    else:
        text = _text(path, "qrels")
        format = _format(text)
        first = next((line for _, line in lines(text)), "")
        known = _columns([name.strip() for name in header(first, format)])
        rows = _named(_parsed(text, format, path), str(path)) if known else _rows(text, str(path))
    for query, document, relevance in rows:
        qrels.setdefault(query, {})[document] = relevance
    if not qrels:
        raise InputError(f"{path} has no judgements. Lines have the form: {LAYOUTS}.")
    return qrels


def _text(path: str | Path, what: str) -> str:
    """Return a text file, with a line feed at the end of each line. InputError names the line that is not text."""
    try:
        with Path(path).open("rb") as file:
            text, _ = decoded_text(b"".join(pieces(file, LARGEST_TABLE)))
    except (OSError, UnusableFileError, ValueError) as fault:
        raise InputError(f"{path} cannot be read as {what}: {fault}.") from fault
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = 1 + text.count("\n", 0, text.index("\0"))
        raise InputError(f"{path}:{line} cannot be read as {what}: it {NUL}.")
    return text


def _parsed(text: str, format: str, path: str | Path) -> Table:
    try:
        return table(text, format)
    except UnusableFileError as fault:
        raise InputError(f"{path}: {fault}.") from fault


def _is_table(path: str | Path) -> bool:
    """Return whether a file is one of rows with names, which CSV and TSV need not be."""
    return SUFFIXES.get(Path(path).suffix.lower(), "txt") in (*SHEETS, *(set(TABLES) - {"csv", "tsv"}))


def _named(found: Table, path: str) -> Iterator[tuple[str, str, float]]:
    columns = _columns(found.names)
    if not columns:
        raise InputError(f"{path} has no judgements. Use {LAYOUTS}.")
    twice = next((name for name in columns if f"{name} 2" in found.names), "")
    if twice:
        raise InputError(f"{path}:{found.line}: two columns have the name {twice!r}. Rename one of them.")
    return (_judgement(row, columns, path) for row in found.rows)


def _format(text: str) -> str:
    return "tsv" if "\t" in next((line for _, line in lines(text)), "") else "csv"


def _columns(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the three columns; () if one is missing."""
    found = [
        next(filter(None, (matching(one, names) for one in words)), "") for words in (QUERIES, DOCUMENTS, HEADINGS)
    ]
    return tuple(found) if all(found) else ()


def _judgement(row: Row | Bad, columns: tuple[str, ...], path: str) -> tuple[str, str, float]:
    if isinstance(row, Bad):
        raise InputError(f"{path}:{row.line}: {row.reason}.")
    query, document, relevance = (str(row.values.get(name, "")).strip() for name in columns)
    return _judged(query, document, relevance, f"{path}:{row.line}")


def _rows(text: str, path: str) -> Iterator[tuple[str, str, float]]:
    for place, (number, line) in enumerate(lines(text)):
        parts = [part.strip() for part in line.split("\t")] if line.count("\t") == 2 else line.split()
        if place == 0 and parts[-1].casefold() in HEADINGS:
            continue
        if len(parts) not in (3, 4) or not _is_number(parts[-1]):
            raise InputError(f"{path}:{number} is not a judgement: {line[:80]!r}. Use {LAYOUTS}.")
        yield _judged(parts[0], parts[-2], parts[-1], f"{path}:{number}")


def _judged(query: str, document: str, relevance: str, place: str) -> tuple[str, str, float]:
    if not query or not document:
        raise InputError(f"{place}: the {'document' if query else 'query'} id is empty.")
    if not _is_number(relevance):
        raise InputError(f"{place}: the relevance is {relevance[:80]!r}, not a number.")
    return query, document, _finite(float(relevance), relevance, place)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # Python reads 1_0 as 10


def _finite(judged: float, relevance: str, place: str) -> float:
    if not math.isfinite(judged):
        raise InputError(f"{place}: the relevance must be a finite number, not {relevance[:80]}.")
    return judged


QUERY_FILES = ("queries.jsonl", "queries.tsv", "queries.csv")
QRELS_FILES = ("qrels.tsv", "qrels.csv", "qrels.txt", "qrels", "qrels/test.tsv", "qrels/test.csv", "qrels/test.txt")


def judged_set(folder: str | Path) -> tuple[Path, Path]:
    """Return the files with the queries and the judgements, named as in BEIR or similarly."""
    place = Path(folder)
    if not place.is_dir():
        raise InputError(f"{folder} is not a folder.")
    return _first_file(place, QUERY_FILES, "queries"), _first_file(place, QRELS_FILES, "judgements")


def by_id(queries: Sequence[Document], path: str | Path) -> dict[str, str]:
    """Return query texts by id. InputError if an id is used twice."""
    texts: dict[str, str] = {}
    check_lengths([query.text for query in queries], str(path))
    for query in queries:
        if "\0" in query.text:
            raise InputError(f"{path}: the query {query.id!r} {NUL}.")
        if query.id in texts:
            raise InputError(f"{path} has the query {query.id!r} twice. Give each query a unique id.")
        texts[query.id] = query.text
    return texts


def _first_file(folder: Path, names: Sequence[str], what: str) -> Path:
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise InputError(f"{folder} has no {what}. Add one of {', '.join(names)}.")
    return found


def query_texts(queries: Mapping[str, str] | str | Path) -> dict[str, str]:
    """Return queries by id, from a dict or from a file in any format that `askew rank` reads.

    Raises InputError for an empty text, and for an id that occurs twice.
    """
    if isinstance(queries, Mapping):
        return dict(zip(ids_from(list(queries), "queries"), texts_from(list(queries.values()), "queries"), strict=True))
    if not isinstance(queries, str | Path):
        raise InputError("queries is a dict {id: text}, or the path of a file.")
    by_line = "lines" if Path(queries).suffix.lower() == ".txt" else None
    return by_id(read([queries], Fields(pair="question"), format=by_line, strict=True, rows=True).documents, queries)


def judgements(qrels: Qrels | str | Path) -> Qrels:
    """Return relevance judgements by query and document, from a dict or from a file."""
    if isinstance(qrels, str | Path):
        return read_qrels(qrels)
    return numbers_by_id(qrels, "qrels must be a dict {query: {document: grade}}, or the path of a file")


def numbers_by_id(table: object, want: str) -> dict[str, dict[str, float]]:
    """Return finite numbers by query and document, with ids as strings. want: what to pass, for the InputError."""
    if not isinstance(table, Mapping):
        raise InputError(f"{want}, not {shown(table)}.")
    found: dict[str, dict[str, float]] = {}
    for query, numbers in table.items():
        if not isinstance(numbers, Mapping):
            raise InputError(f"{want}; at {shown(query)} it has {shown(numbers)}.")
        try:
            found[id_of(query)] = {id_of(document): _real(number) for document, number in numbers.items()}
        except UnusableError as error:
            raise InputError(f"{want}; at {shown(query)}, {error}.") from None
    return found


def _real(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise UnusableError(f"{shown(value)} is not a number")
    if not math.isfinite(number := float(value)):
        raise UnusableError(f"{shown(value)} is not a finite number")
    return number


TAG = "askew"
LAYOUT = "query Q0 document rank score tag"


def trec(queries: Sequence[str], rankings: Sequence[Sequence[Ranked]], tag: str = TAG) -> Iterator[str]:
    """Yield a line for each hit. queries: ids. InputError for ids with white space, which separates the fields."""
    for query, ranking in zip(queries, rankings, strict=True):
        for rank, entry in enumerate(ranking, start=1):
            yield f"{_field(query)} Q0 {_field(entry.document)} {rank} {entry.score:.9g} {_field(tag)}"


def read_run(path: str | Path) -> dict[str, dict[str, float]]:
    """Read scores by query and document. Ranks are ignored, as by trec_eval: scores define the order.

    InputError names the first line that cannot be read or that repeats a document of its query.
    """
    text = _text(path, "a run")
    run: dict[str, dict[str, float]] = {}
    for number, line in lines(text):
        query, document, score = _read(line, f"{path}:{number}")
        scores = run.setdefault(query, {})
        if document in scores:
            raise InputError(f"{path}:{number}: query {query!r} has document {document!r} twice.")
        scores[document] = score
    if not run:
        raise InputError(f"{path} is empty. A run has lines of the form: {LAYOUT}.")
    return run


def best(scores: Mapping[str, float], limit: int) -> dict[str, float]:
    """Return the best documents in the order of trec_eval: by float32 score, ties by descending id."""
    order = sorted(scores, key=lambda document: (np.float32(scores[document]), document), reverse=True)
    return {document: scores[document] for document in order[:limit]}


def _read(line: str, place: str) -> tuple[str, str, float]:
    try:
        query, _, document, _, given, *_tag = line.split()
        score = float(given.replace("_", "?"))
    except ValueError:
        raise InputError(f"{place} is not a line of a run: {line[:80]!r}. Lines have the form: {LAYOUT}.") from None
    if not math.isfinite(score):
        raise InputError(f"{place}: the score must be a finite number, not {given[:80]}.")
    return query, document, score


def _field(id: str) -> str:
    if not id or id.split() != [id]:
        raise InputError(f"The id {id!r} contains white space, which a TREC run cannot represent. Use --json instead.")
    return id
