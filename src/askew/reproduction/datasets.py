"""Data sets with published scores, in the layouts in which they are distributed."""

import gzip
import io
import re
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Protocol, Self

from askew.documents.formats.draft import UnusableError
from askew.documents.json_tables import SURROGATE
from askew.documents.rows import Bad, Row, Table
from askew.documents.tables import table
from askew.environment import require
from askew.errors import InputError, UnknownNameError
from askew.evaluation.labelled_pairs import LabelledPair, pairs_of
from askew.evaluation.qrels import Qrels
from askew.models.card import Card, Score
from askew.models.cards import build
from askew.types import Document

RETRIEVAL, SIMILARITY = "retrieval", "similarity"
OTHER = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True)
class Published:
    """A data set with published scores.

    name, measure: as in the scores of cards. texts, queries: their numbers in the published evaluation; texts are
    documents or pairs. folders: names of folders or zip files with the set, as `plain` returns them. parts: files of a
    SemEval year that count. drop_identical: a document with the query's id is not an answer.
    """

    name: str
    kind: str
    measure: str
    folders: tuple[str, ...]
    texts: int
    source: str
    queries: int = 0
    parts: tuple[str, ...] = ()
    drop_identical: bool = False


@dataclass(frozen=True)
class _Catalogue:
    sets: tuple[Published, ...]


def catalogue() -> tuple[Published, ...]:
    text = resources.files("askew.reproduction").joinpath("sets.toml").read_text("utf-8")
    return build(_Catalogue, tomllib.loads(text), "the catalogue of sets").sets


def get(name: str) -> Published:
    """Return a set by its name or a folder name, ignoring case and punctuation."""
    for known in catalogue():
        if plain(name) in (plain(known.name), *known.folders):
            return known
    raise UnknownNameError("set", name, [known.name for known in catalogue()])


def plain(name: str) -> str:
    """Return lower-case letters and digits only."""
    return OTHER.sub("", name.casefold())


def figures(card: Card, published: Published) -> list[Score]:
    """Return the published figure of a model on a set, at most one."""
    return [score for score in card.scores if (score.set, score.measure) == (published.name, published.measure)][:1]


DEPTH = 3
"""Depth of the search for a set; SentEval has data/downstream/STS/STS12-en-test."""
MACOS = "__MACOSX"
SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet", ".tsv", ".csv")
PACKED = "data"
"""Folder of Parquet files on the hub, several per split: test-00000-of-00001.parquet."""
QRELS = ("qrels/test", "qrels", "qrels.test")
STEMS = ("test.senteval-tokenised", "test", "pairs")
"""MTEB has the SemEval years as tokenised by SentEval, which is preferred if there are both."""
STS_BENCHMARK = "sts-test.csv"
YEARS = ("STS", "STS2012", "STS2013", "STS2014", "STS2015", "STS2016")
SICK = (("SICK.txt",), ("SICK_train.txt", "SICK_trial.txt", "SICK_test_annotated.txt"), ("SICK_test_annotated.txt",))
Reader = Callable[[], list[LabelledPair]]


class SetFolder(Protocol):
    """A folder or file on disk (pathlib.Path) or in a zip file (zipfile.Path)."""

    @property
    def name(self) -> str: ...

    def iterdir(self) -> Iterator[Self]: ...

    def joinpath(self, *names: str) -> Self: ...

    def is_file(self) -> bool: ...

    def is_dir(self) -> bool: ...

    def read_bytes(self) -> bytes: ...


def places(root: Path, published: Published) -> Iterator[SetFolder]:
    """Yield the folders that may hold the set, the likeliest first."""
    if not root.is_dir():
        raise InputError(f"{root} is not a folder. Name the folder with the data sets, with --data.")
    for path in sorted(_below(root, DEPTH), key=lambda path: (len(path.parts), path.is_file(), path.name)):
        if plain(path.stem if path.suffix == ".zip" else path.name) in published.folders:
            yield from _with_inner(_opened(path))


def _below(root: Path, depth: int) -> Iterator[Path]:
    yield root.resolve()
    for path in root.iterdir() if depth else ():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _below(path, depth - 1)
        elif path.suffix == ".zip":
            yield path


def _opened(path: Path) -> SetFolder:
    if path.is_dir():
        return path
    try:
        return zipfile.Path(path)
    except (zipfile.BadZipFile, OSError) as fault:
        raise InputError(f"{path} cannot be read as a zip file: {fault}.") from fault


def _with_inner(folder: SetFolder) -> Iterator[SetFolder]:
    """Yield the folder and the folders in it, as most zip files contain one folder."""
    yield folder
    inner = [part for part in folder.iterdir() if part.is_dir() and not part.name.startswith((".", MACOS))]
    yield from sorted(inner, key=lambda part: part.name)


def files(folder: SetFolder, stem: str) -> list[SetFolder]:
    """Return the file with this stem and a known suffix, or its Parquet parts; [] if there is none."""
    for suffix in SUFFIXES:
        file = folder.joinpath(f"{stem}{suffix}")
        if file.is_file():
            return [file]
    for home in (folder.joinpath(stem), folder.joinpath(PACKED)):
        parts = [part for part in home.iterdir() if _is_part(part.name, stem)] if home.is_dir() else []
        if parts:
            return sorted(parts, key=lambda part: part.name)
    return []


def rows(parts: Sequence[SetFolder]) -> Table:
    """Return the rows of all parts. InputError for a row that cannot be read."""
    tables = [_table(part) for part in parts]
    for part, read in zip(parts, tables, strict=True):
        bad = next((row for row in read.rows if isinstance(row, Bad)), None)
        if bad is not None:
            raise InputError(f"{part}:{bad.line}: {bad.reason}.")
    names = dict.fromkeys(name for read in tables for name in read.names)
    return Table(tables[0].line, tuple(names), tuple(row for read in tables for row in read.rows), tables[0].cells)


def text(file: SetFolder) -> str:
    """Return a text file, uncompressed. InputError if it is damaged, or not UTF-8."""
    try:
        data = file.read_bytes()
        read = (gzip.decompress(data) if file.name.endswith(".gz") else data).decode("utf-8-sig", "surrogateescape")
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as fault:
        raise InputError(f"{file} is damaged or incomplete ({fault}). Download it again.") from fault
    broken = SURROGATE.search(read)
    if broken:
        raise InputError(f"{file} is not UTF-8 (line {read.count(chr(10), 0, broken.start()) + 1}).")
    return read


def _is_part(name: str, stem: str) -> bool:
    return name.startswith(f"{stem}-") and name.endswith(".parquet")


def _table(file: SetFolder) -> Table:
    if file.name.endswith(".parquet"):
        return _parquet(file)
    format = file.name.removesuffix(".gz").rpartition(".")[2]
    return _parsed(file, format if format in ("csv", "jsonl") else "tsv")


def _parsed(file: SetFolder, format: str) -> Table:
    try:
        return table(text(file), format)
    except UnusableError as fault:
        raise InputError(f"{file}: {fault}.") from fault


def _parquet(file: SetFolder) -> Table:
    require("pyarrow", "pyarrow", "parquet", "Reading Parquet files")
    from pyarrow import ArrowInvalid
    from pyarrow.parquet import read_table

    try:
        values = read_table(io.BytesIO(file.read_bytes())).to_pylist()
    except ArrowInvalid as fault:
        raise InputError(f"{file} cannot be read as Parquet: {fault}.") from fault
    made = tuple(Row(number, row) for number, row in enumerate(values, 1))
    return Table(1, tuple(values[0]) if values else (), made, cells=False)


@dataclass(frozen=True)
class Retrieval:
    """queries: texts of judged queries, by id. empty: number of documents left out because they have no text."""

    documents: tuple[Document, ...]
    queries: Mapping[str, str]
    qrels: Qrels
    empty: int


def is_retrieval(folder: SetFolder) -> bool:
    return bool(files(folder, "corpus") and files(folder, "queries") and _qrels_of(folder))


def read_retrieval(folder: SetFolder) -> Retrieval:
    """Read a retrieval set. The title serves as text if a document has no other."""
    qrels = _qrels(folder)
    asked = {_id(row, folder, "queries"): str(row.values.get("text") or "") for row in _rows(folder, "queries")}
    missing = [query for query in qrels if not asked.get(query, "").strip()]
    if missing:
        raise InputError(f"{folder}: the query {missing[0]!r} is judged, but has no text in the queries file.")
    given = [_document(row, folder) for row in _rows(folder, "corpus")]
    documents = tuple(document for document in given if document.text.strip())
    return Retrieval(documents, {query: asked[query] for query in qrels}, qrels, len(given) - len(documents))


def _document(row: Row, folder: SetFolder) -> Document:
    id = _id(row, folder, "corpus")
    title, body = (str(row.values.get(name) or "") for name in ("title", "text"))
    return Document(id, body, title) if body.strip() else Document(id, title)


def _qrels(folder: SetFolder) -> Qrels:
    found: dict[str, dict[str, float]] = {}
    parts = _qrels_of(folder)
    for row in _judgements(parts):
        try:
            query, document, score = (row.values[name] for name in ("query-id", "corpus-id", "score"))
            found.setdefault(str(query), {})[str(document)] = float(score)
        except (KeyError, ValueError, TypeError) as fault:
            raise InputError(f"{parts[0]}:{row.line} is not a judgement (query-id, corpus-id, score).") from fault
    if not found:
        raise InputError(f"{parts[0]} has no judgements.")
    return found


def _qrels_of(folder: SetFolder) -> list[SetFolder]:
    for name in QRELS:
        *homes, stem = name.split("/")
        found = files(folder.joinpath(*homes) if homes else folder, stem)
        if found:
            return found
    return []


def _rows(folder: SetFolder, stem: str) -> list[Row]:
    return _judgements(files(folder, stem))


def _judgements(parts: list[SetFolder]) -> list[Row]:
    return [row for row in rows(parts).rows if isinstance(row, Row)]


def _id(row: Row, folder: SetFolder, stem: str) -> str:
    id = row.values.get("_id", row.values.get("id"))
    if isinstance(id, bool) or not isinstance(id, str | int) or id == "":
        raise InputError(f"{folder}: line {row.line} of {stem} has no _id.")
    return str(id)


def readers(folder: SetFolder, published: Published) -> list[Reader]:
    """Return a reader for each layout in which the folder holds the set."""
    found: list[Reader] = []
    for stem in STEMS:
        parts = files(folder, stem)
        if parts:
            found.append(partial(_headed, parts))
    benchmark = folder.joinpath(STS_BENCHMARK)
    if benchmark.is_file():
        found.append(partial(_benchmark, benchmark))
    year = _year(folder, published.parts)
    if year:
        found.append(partial(_judged, year))
    sick = next((names for names in SICK if _all(folder, names)), ())
    if sick:
        found.append(partial(_sick, [folder.joinpath(name) for name in sick]))
    return found


def _headed(parts: Sequence[SetFolder]) -> list[LabelledPair]:
    return pairs_of(rows(parts), str(parts[0]))


def _all(folder: SetFolder, names: Sequence[str]) -> bool:
    return all(folder.joinpath(name).is_file() for name in names)


def _year(folder: SetFolder, parts: Sequence[str]) -> list[tuple[SetFolder, SetFolder]]:
    """Return the text and score files of each part; [] unless all exist."""
    for year in YEARS:
        names = [(f"{year}.input.{part}.txt", f"{year}.gs.{part}.txt") for part in parts]
        if names and _all(folder, [name for both in names for name in both]):
            return [(folder.joinpath(texts), folder.joinpath(scores)) for texts, scores in names]
    return []


def _judged(year: Sequence[tuple[SetFolder, SetFolder]]) -> list[LabelledPair]:
    return [pair for both in year for pair in _part(*both)]


def _part(texts: SetFolder, scores: SetFolder) -> list[LabelledPair]:
    given, said = _lines(texts), _lines(scores)
    if len(given) != len(said):
        raise InputError(f"{texts} has {len(given):,} lines and {scores} {len(said):,}; the numbers must be equal.")
    rows = zip(range(1, len(said) + 1), given, said, strict=True)
    return [_pair(line.split("\t"), 0, score, f"{texts}:{number}") for number, line, score in rows if score.strip()]


def _benchmark(file: SetFolder) -> list[LabelledPair]:
    rows = [(number, line.split("\t")) for number, line in enumerate(_lines(file), 1) if line.strip()]
    return [_pair(cells, 5, cells[4] if len(cells) > 4 else "", f"{file}:{number}") for number, cells in rows]


def _pair(cells: Sequence[str], first: int, score: str, place: str) -> LabelledPair:
    """Return the pair in cells `first` and the next; later cells name the source."""
    try:
        return LabelledPair(cells[first], cells[first + 1], float(score))
    except (IndexError, ValueError) as fault:
        raise InputError(f"{place} is not a pair with a score.") from fault


def _lines(file: SetFolder) -> list[str]:
    """Return all lines, including empty ones; only line feeds end a line."""
    return text(file).replace("\r\n", "\n").removesuffix("\n").split("\n")


def _sick(parts: Sequence[SetFolder]) -> list[LabelledPair]:
    return [pair for file in parts for pair in pairs_of(_parsed(file, "tsv"), str(file))]
