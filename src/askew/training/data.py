"""Training data: queries, documents and what is known of them, from every form in which people have it."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from askew.documents.names import matching
from askew.documents.read import read, rows_of
from askew.documents.rows import Bad, Row, Table
from askew.errors import InputError, public
from askew.evaluation.labelled_pairs import LABELS, TEXTS, LabelledPair, pairs_of
from askew.evaluation.measures import check_grades
from askew.evaluation.qrels import QUERY_FILES, Qrels, judgements, query_texts
from askew.export.cells import as_json
from askew.inputs import check_lengths
from askew.records import documents_from, text_id
from askew.types import Document
from askew.validation import file_path, one_of
from askew.values import UnusableError, id_of, items, text_of

SIDES = (
    ("query", "document"),
    ("query", "positive"),
    ("anchor", "positive"),
    ("question", "answer"),
    ("query", "passage"),
    ("query", "text"),
    *TEXTS,
)
"""Known names of the columns of a pair: what is asked, and what answers it or says the same."""
NEGATIVES = re.compile(r"negatives?(?:[_ ]?\d+)?", re.IGNORECASE)
"""One column or several: negative, negative_1 and so on."""
CLICKS, SHOWN = ("clicks", "click", "clicked"), ("impressions", "impression", "shown", "views")
SCALES = (1, 5, 10, 100)
"""Upper ends of the scales on which people score pairs; a file's is the lowest that holds all its scores."""
CORPUS_FILES = ("corpus.jsonl", "corpus.tsv", "corpus.csv", "documents.jsonl")
PARTS = ("train", "dev", "test")
QRELS_FILES = ("qrels.tsv", "qrels.csv", "qrels.txt", "qrels")
"""Judgements of a folder that has no parts; those of parts are in qrels/train.tsv and so on."""
FORMS = (
    "query and document (pairs); query, positive and negative (triplets); text1, text2 and label (1 or 0, or a score); "
    "query, document, clicks and impressions (a click log); or a folder with corpus.jsonl, queries.jsonl and qrels"
)
T = TypeVar("T")
Unit = tuple[str, str]
"""Ids of a query and of a document."""


class DataKind(StrEnum):
    """What is known. labelled: pairs of texts with 1 or 0; scored: with a degree of similarity."""

    PAIRS = "pairs"
    TRIPLETS = "triplets"
    JUDGEMENTS = "judgements"
    CLICKS = "clicks"
    LABELLED = "labelled"
    SCORED = "scored"


@dataclass(frozen=True)
class ScoredPair:
    """score: of two texts, 0 to 1; of labelled pairs 0 or 1."""

    text1: str
    text2: str
    score: float


@dataclass(frozen=True)
class TrainingData:
    """grades: by ids of query and document; 0 and below is not relevant, and each relevant pair has both its texts.

    negatives: by ids of a query and a relevant document, documents that are not relevant. scores: pairs of texts.
    notes: what was left out or assumed, in sentences.
    """

    queries: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    grades: Qrels = field(default_factory=dict)
    negatives: Mapping[Unit, tuple[str, ...]] = field(default_factory=dict)
    scores: tuple[ScoredPair, ...] = ()
    kinds: frozenset[DataKind] = frozenset()
    notes: tuple[str, ...] = ()

    def relevant(self) -> list[Unit]:
        """Return the ids of every query with each of its relevant documents, in order."""
        return [(query, id) for query, grades in self.grades.items() for id, grade in grades.items() if grade > 0]


@public
def read_training_data(
    files: str | Path | Sequence[str | Path] = (),
    *,
    queries: Mapping[str, str] | str | Path | None = None,
    documents: object = None,
    qrels: Qrels | str | Path | None = None,
    part: str = "train",
) -> TrainingData:
    """Read training data from files and folders, each of which tells its kind by the names of its columns.

    files: tables of pairs, scored or labelled pairs (also the answers of a review), triplets (as of hard negatives) or
    clicks, and folders in the layout of BEIR. part: whose judgements of such a folder are taken: train, dev or test.
    documents: the whole collection, a file or records; the files may name its documents by their ids. queries, qrels:
    judged queries, as texts by id and grades by query and document, or files.

    Raises `InputError` for a file of another form, and names the first row that cannot be used.
    """
    known = {} if documents is None else _documents(documents)
    one_of(part, "part", PARTS)
    parts = [_of_path(file_path(path, "files"), known, part) for path in _listed(files)]
    if queries is not None or qrels is not None:
        if queries is None or qrels is None or documents is None:
            raise InputError("Judged queries need three things: queries, documents and qrels.")
        parts.append(judged(query_texts(queries), known, judgements(qrels)))
    if not parts:
        raise InputError(f"There is no training data. Give files with the columns {FORMS}.")
    return joined([*parts, TrainingData(documents=known)])


def judged(queries: Mapping[str, str], documents: Mapping[str, Document], grades: Qrels) -> TrainingData:
    """Return judged queries without those that have no relevant document here; the notes count them."""
    kept = {
        query: {id: grade for id, grade in given.items() if id in documents}
        for query, given in grades.items()
        if query in queries
    }
    for query, given in kept.items():
        check_grades(query, given)
    known = {query: given for query, given in kept.items() if any(grade > 0 for grade in given.values())}
    if not known:
        raise InputError("No query has a relevant document. Do queries, documents and judgements use the same ids?")
    lost = sum(map(len, grades.values())) - sum(map(len, known.values()))
    notes = (f"Judgements of queries or documents that are not here: {lost:,}.",) if lost else ()
    texts = {query: queries[query] for query in known}
    return TrainingData(texts, documents, known, kinds=frozenset({DataKind.JUDGEMENTS}), notes=notes)


def joined(parts: Sequence[TrainingData]) -> TrainingData:
    """Return the data of all parts as one. InputError if an id stands for two texts."""
    queries: dict[str, str] = {}
    documents: dict[str, Document] = {}
    grades: dict[str, dict[str, float]] = {}
    negatives: dict[Unit, tuple[str, ...]] = {}
    for part in parts:
        _merge(queries, part.queries, "queries")
        _merge(documents, part.documents, "documents")
        for query, given in part.grades.items():
            grades.setdefault(query, {}).update(given)
        for pair, others in part.negatives.items():
            negatives[pair] = tuple(dict.fromkeys((*negatives.get(pair, ()), *others)))
    return TrainingData(
        queries,
        documents,
        grades,
        dict(_without_relevant(negatives, grades)),
        tuple(dict.fromkeys(pair for part in parts for pair in part.scores)),
        frozenset(kind for part in parts for kind in part.kinds),
        tuple(note for part in parts for note in part.notes),
    )


def _without_relevant(
    negatives: Mapping[Unit, tuple[str, ...]], grades: Qrels
) -> Iterator[tuple[Unit, tuple[str, ...]]]:
    """Yield negatives without those that another part calls relevant."""
    for (query, positive), given in negatives.items():
        if kept := tuple(id for id in given if grades.get(query, {}).get(id, 0) <= 0):
            yield (query, positive), kept


def document_text(document: Document) -> str:
    """Return title and text, a line each, as `askew negatives` writes them."""
    return f"{document.title}\n{document.text}" if document.title else document.text


def digest(data: TrainingData) -> str:
    """Return the SHA-256 of everything that training sees, in an order of its own."""
    seen = hashlib.sha256()
    for line in _lines(data):
        seen.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return seen.hexdigest()


def _lines(data: TrainingData) -> Iterator[str]:
    yield from (as_json(["query", id, data.queries[id]]) for id in sorted(data.queries))
    for id in sorted(data.documents):
        yield as_json(["document", id, data.documents[id].title, data.documents[id].text])
    for query in sorted(data.grades):
        yield as_json(["grades", query, dict(sorted(data.grades[query].items()))])
    yield from (as_json(["negatives", *pair, *data.negatives[pair]]) for pair in sorted(data.negatives))
    yield from sorted(as_json(["score", one.text1, one.text2, one.score]) for one in data.scores)


def _merge(into: dict[str, T], more: Mapping[str, T], what: str) -> None:
    for id, value in more.items():
        if into.setdefault(id, value) != value:
            raise InputError(f"Two {what} have the id {id!r}. Give each an id that occurs once.")


def _listed(files: object) -> list[object]:
    if isinstance(files, str | Path):
        return [files]
    return items(files, "files is the path of a file with training data, or several")


def _documents(given: object) -> dict[str, Document]:
    if isinstance(given, str | Path):
        return {one.id: one for one in read([given], strict=True, rows=True).documents}
    if isinstance(given, Mapping) and all(isinstance(value, Document) for value in given.values()):
        return dict(given)
    return {one.id: one for one in documents_from(given)}


def _of_path(path: Path, known: Mapping[str, Document], part: str) -> TrainingData:
    if path.is_dir():
        parts = parts_of(path)
        judging = next(iter(parts.values())) if len(parts) == 1 else parts.get(part) or _first(path, QRELS_FILES)
        names = (_first(path, CORPUS_FILES), _first(path, QUERY_FILES), judging)
        return judged(query_texts(names[1]), _documents(names[0]), judgements(names[2]))
    found = _of_table(rows_of(path), str(path), known)
    if not found.grades and not found.scores:
        raise InputError(f"{path} has no row that could be learnt from.")
    return found


def parts_of(folder: Path) -> dict[str, Path]:
    """Return the files of judgements in the layout of BEIR by part. A folder may have one, several or none."""
    named = {part: (f"qrels/{part}.tsv", f"qrels.{part}.tsv", f"qrels/{part}.csv") for part in PARTS}
    found = {part: [folder / name for name in names if (folder / name).is_file()] for part, names in named.items()}
    return {part: files[0] for part, files in found.items() if files}


def _first(folder: Path, names: Sequence[str]) -> Path:
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        held = ", ".join(parts_of(folder)) or "none"
        raise InputError(
            f"{folder} is no folder in the layout of BEIR, or lacks a part: it has none of {', '.join(names)}; parts "
            f"that are judged: {held}."
        )
    return found


def _of_table(table: Table, path: str, known: Mapping[str, Document]) -> TrainingData:
    sides = next((pair for one in SIDES if all(pair := [matching(name, table.names) for name in one])), None)
    if sides is None:
        raise InputError(f"{path} has the columns {', '.join(table.names) or 'none'}. Training data has {FORMS}.")
    draft = _Draft(table, sides, path, known)
    if negative := [name for name in table.names if NEGATIVES.fullmatch(name.strip())]:
        return _triplets(draft, negative)
    if clicks := _one_of(CLICKS, table.names):
        return _clicks(draft, clicks, _one_of(SHOWN, table.names))
    if _one_of(LABELS, table.names):
        return _scored(pairs_of(table, path, (sides[0], sides[1])), path)
    return _pairs(draft)


def _one_of(wanted: Sequence[str], names: Sequence[str]) -> str:
    return next(filter(None, (matching(name, names) for name in wanted)), "")


def _scored(pairs: Sequence[LabelledPair], path: str) -> TrainingData:
    labels = [pair.label for pair in pairs]
    graded = any(label not in (0, 1) for label in labels)
    top = next((scale for scale in SCALES if max(labels) <= scale), None)
    if top is None or min(labels) < 0:
        raise InputError(f"{path} has scores from {min(labels):g} to {max(labels):g}. Scores lie between 0 and 1.")
    found = tuple(ScoredPair(pair.text1, pair.text2, pair.label / top) for pair in pairs)
    notes = (f"The scores of {path} were read as a scale from 0 to {top}.",) if top > 1 else ()
    kind = DataKind.SCORED if graded else DataKind.LABELLED
    return TrainingData(scores=tuple(dict.fromkeys(found)), kinds=frozenset({kind}), notes=notes)


def _pairs(draft: "_Draft") -> TrainingData:
    for row in draft.rows():
        query, document = draft.pair(row)
        draft.grades.setdefault(query, {})[document] = 1.0
    return draft.data(DataKind.PAIRS)


def _triplets(draft: "_Draft", names: Sequence[str]) -> TrainingData:
    negatives: dict[Unit, list[str]] = {}
    for row in draft.rows():
        pair = draft.pair(row)
        draft.grades.setdefault(pair[0], {})[pair[1]] = 1.0
        given = [name for name in names if len(names) == 1 or row.values.get(name) not in (None, "")]
        negatives.setdefault(pair, []).extend(draft.document(row, name) for name in given)
    found = {
        pair: tuple(one for one in dict.fromkeys(others) if draft.grades[pair[0]].get(one, 0) <= 0)
        for pair, others in negatives.items()
    }
    return replace(draft.data(DataKind.TRIPLETS), negatives={pair: others for pair, others in found.items() if others})


def _clicks(draft: "_Draft", clicks: str, shown: str) -> TrainingData:
    """Return as relevant what is clicked more often than the log's mean.

    The log does not say at which place a document was shown, so that place and relevance cannot be told apart
    (Joachims et al. 2005, doi 10.1145/1076034.1076063): such labels are weak.
    """
    counts: dict[Unit, tuple[float, float]] = {}
    for row in draft.rows():
        pair = draft.pair(row)
        clicked, seen = draft.count(row, clicks), draft.count(row, shown) if shown else 1.0
        if clicked > seen:
            raise InputError(
                f"{draft.place(row)}: {clicked:g} clicks of {seen:g} impressions. Are the columns swapped?"
            )
        before = counts.get(pair, (0.0, 0.0))
        counts[pair] = (before[0] + clicked, before[1] + seen)
    clicked, seen = (sum(column) for column in zip(*counts.values(), strict=True)) if counts else (0.0, 0.0)
    mean = clicked / max(seen, 1)
    for query, document in (pair for pair, (own, shown_) in counts.items() if own * seen > clicked * shown_):
        draft.grades.setdefault(query, {})[document] = 1.0
    note = (
        f"Clicks of {draft.path} are weak labels: people click what is shown to them first. Relevant is what was "
        f"clicked more often than the mean, {mean:.3f} of the impressions; measure with judgements if you have any."
    )
    return replace(draft.data(DataKind.CLICKS), notes=(note,))


class _Draft:
    """Queries and documents of a table, with ids of columns such as `query_id` or else made from the texts.

    known: documents that a row may name by id instead of by text.
    """

    def __init__(self, table: Table, sides: Sequence[str], path: str, known: Mapping[str, Document]) -> None:
        every = (*sides, *(name for name in table.names if NEGATIVES.fullmatch(name.strip())))
        self._ids = {side: matching(f"{side}_id", table.names) for side in every if side}
        self._rows, self._sides, self._known = table.rows, sides, known
        self.path = path
        self.queries: dict[str, str] = {}
        self.documents: dict[str, Document] = {}
        self.grades: dict[str, dict[str, float]] = {}

    def rows(self) -> Iterator[Row]:
        for row in self._rows:
            if isinstance(row, Bad):
                raise InputError(f"{self.path}:{row.line}: {row.reason}.")
            yield row

    def pair(self, row: Row) -> Unit:
        text = self._text(row, self._sides[0])
        check_lengths([text], self.place(row))
        query = self._id(row, self._sides[0]) or text_id(text)
        _merge(self.queries, {query: text}, f"queries of {self.path}")
        return query, self.document(row, self._sides[1])

    def document(self, row: Row, side: str) -> str:
        text = self._text(row, side)
        if text in self._known:
            return text
        id = self._id(row, side) or text_id(text)
        if id not in self._known:
            _merge(self.documents, {id: Document(id, text)}, f"documents of {self.path}")
        return id

    def count(self, row: Row, name: str) -> float:
        value = row.values.get(name)
        try:
            number = float(value) if isinstance(value, str | int | float) else -1.0
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise InputError(f"{self.place(row)}: {name!r} must be a number of at least 0, not {value!r}.")
        return number

    def place(self, row: Row) -> str:
        return f"{self.path}:{row.line}"

    def data(self, kind: DataKind) -> TrainingData:
        known = {id: text for id, text in self.queries.items() if id in self.grades}
        return TrainingData(known, self.documents, self.grades, kinds=frozenset({kind}))

    def _text(self, row: Row, name: str) -> str:
        try:
            return text_of(row.values.get(name))
        except UnusableError as fault:
            raise InputError(f"{self.place(row)}: {name!r} has no text to learn from: {fault}.") from None

    def _id(self, row: Row, side: str) -> str:
        value = row.values.get(self._ids[side])
        try:
            return "" if value in (None, "") else id_of(value)
        except UnusableError as fault:
            raise InputError(f"{self.place(row)}: {self._ids[side]!r} is unusable: {fault}.") from None
