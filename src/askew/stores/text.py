"""The text index: BM25 with tantivy. It is derived and can be rebuilt from the catalogue.

It identifies passages by key only. Keys only grow and commits are atomic, so the highest key says how far the index
reaches; no separate counter is kept. Dead passages stay until the next compaction, so a search passes the rows to keep.
"""

import json
import os
import struct
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.lock import immortal
from askew.text.terms import LONGEST, query_terms, terms

if TYPE_CHECKING:
    import tantivy

    from askew.stores import Entry

ANALYSER, FIRST_ANALYSER = "askew-2", "askew"
"""Names of the rules by which a text becomes terms, which the index keeps: an index of the first askew is read by its
own rules until the next writer builds it anew."""
LONGEST_WORD = 64
UNACCENTED = 0.2
"""Weight of a Vietnamese word without the accents that the query has."""
SCRIPT_STEMMERS = ("arabic", "greek", "russian")
"""Stemmers that leave other scripts alone, and so suit every text."""
HEAP = 64_000_000
FEW = 20_000
"""Up to this many kept passages the filter is part of the query; beyond that, hits are filtered afterwards."""
WIDEN = 4
MAGIC = 1337
"""The last four bytes of each file of tantivy."""
VERIFIED = 64 << 20
"""Bytes up to which the files are verified when they are opened, in some 40 ms."""

LANGUAGES = ("", "english")
"""Languages with a stemmer; "" means no stemming of Latin letters."""


@dataclass(frozen=True)
class Found:
    """Search results, best first, ties by key. keys: (n,) int64. scores: (n,) float32. n <= k."""

    keys: NDArray[np.int64]
    scores: NDArray[np.float32]


class TextIndex:
    """A tantivy index in a folder, or in memory if `folder` is None."""

    def __init__(self, folder: Path | None, language: str, *, existing: bool = False) -> None:
        """existing: the folder must exist already, or StoreError is raised; by default it is created."""
        import tantivy

        self._library = tantivy
        self._name = ANALYSER if not existing or folder is None else _stored_analyser(folder)
        self._analyser = _analyser(language, self._name)
        self._schema = _schema(self._name)
        self._writer: tantivy.IndexWriter | None = None
        self._folder = folder
        self._files: Files = {}
        try:
            if folder is not None and not existing:
                folder.mkdir(exist_ok=True)
            self._index = tantivy.Index(self._schema, path=None if folder is None else str(folder))
            self._index.register_tokenizer(self._name, self._analyser)
            self._index.config_reader(reload_policy="manual")
            self.reload()
        except BaseException as error:
            if not _of_tantivy(error):
                raise
            raise StoreError(f"Cannot open the text index {folder}: {error}.") from error

    def reload(self) -> None:
        """Make commits of other processes visible."""
        self._index.reload()
        self._searcher = self._index.searcher()
        self._files = {} if self._folder is None else _files(self._folder)

    def intact(self) -> bool:
        """Return whether no file was changed: touching a page beyond the end of a cut one would kill the process."""
        for path, (inode, size, time) in self._files.items():
            try:
                found = os.stat(path)  # noqa: PTH116  # before each search
            except FileNotFoundError:  # merged into another; what is mapped stays
                continue
            if found.st_ino == inode and (found.st_size, found.st_mtime_ns) != (size, time):
                return False
        return True

    def end(self) -> int:
        """Return the highest key plus one; 0 if empty."""
        with self._reading():
            best = self._searcher.search(self._library.Query.all_query(), 1, count=False, order_by_field="key")
            return int(best.hits[0][0]) + 1 if best.hits else 0

    def keys(self) -> NDArray[np.int64]:
        """Return all keys, ascending."""
        every = self._library.Query.all_query()
        with self._reading():
            hits = self._searcher.search(every, max(1, self._searcher.num_docs), count=False).hits
            return np.sort(self._keys(hits))

    def add(self, passages: Iterable[tuple[int, str]]) -> None:
        """Add (key, text) pairs in ascending key order; visible after `commit`."""
        for key, text in passages:
            text.encode()  # refuses what is no Unicode, which has no terms
            document = self._library.Document()
            document.add_unsigned("key", key)
            document.add_text("text", terms(text))
            with self._writing() as writer:
                writer.add_document(document)

    def forget_from(self, first: int) -> None:
        """Delete passages with keys >= `first`; visible after `commit`."""
        kind = self._library.FieldType.Unsigned
        beyond = self._library.Query.range_query(self._schema, "key", kind, lower_bound=first)
        with self._writing() as writer:
            writer.delete_documents_by_query(beyond)

    def commit(self) -> None:
        with self._writing() as writer:
            writer.commit()
        self.reload()

    def rollback(self) -> None:
        """Discard everything since the last commit."""
        if self._writer is not None:
            with self._writing() as writer:
                writer.rollback()

    def close(self) -> None:
        """Release tantivy's lock now rather than at garbage collection; discards uncommitted changes."""
        self._writer = None

    def abandon(self) -> None:
        """Never free the writer: in a forked child that would wait for threads that are not there."""
        if self._writer is not None:
            immortal(self._writer)
            self._writer = None

    def search(self, query: str, k: int, base: int, kept: NDArray[np.bool_]) -> Found:
        """Return the k best of the kept passages, which have keys `base` … `base + len(kept) - 1`.

        Raises StoreError if the index turns out to be damaged.
        """
        words = self._words(query)
        k = min(k, self._searcher.num_docs)
        if not words or k < 1:
            return Found(np.empty(0, np.int64), np.empty(0, np.float32))
        with self._reading():
            return self._search(words, k, base, kept)

    def _words(self, query: str) -> list[list[str]]:
        """Return the terms of a query, each with its alternatives."""
        query.encode()
        if self._name == FIRST_ANALYSER:
            return [[word] for word in self._analyser.analyze(unicodedata.normalize("NFC", query))]
        return [self._analyser.analyze(" ".join(forms)) for forms in query_terms(query)]

    def _search(self, words: list[list[str]], k: int, base: int, kept: NDArray[np.bool_]) -> Found:
        narrowed = self._narrowed(self._any_of(words), base, kept)
        wanted = k
        while True:
            with self._reading():
                hits = self._searcher.search(narrowed, wanted, count=False).hits
                keys = self._keys(hits)
            scores = np.array([score for score, _ in hits], np.float32)
            fits = _kept(keys - base, kept)
            if len(hits) < wanted or _enough(scores, fits, k):
                order = np.lexsort((keys[fits], -scores[fits]))[:k]
                return Found(keys[fits][order], scores[fits][order])
            wanted *= WIDEN

    def _any_of(self, words: list[list[str]]) -> "tantivy.Query":
        query, should = self._library.Query, self._library.Occur.Should
        parts = []
        for forms in words:
            best, *others = [query.term_query(self._schema, "text", form, "freq") for form in forms]
            if not forms[0].isascii():
                others = [query.boost_query(other, UNACCENTED) for other in others]
            parts.append((should, query.disjunction_max_query([best, *others]) if others else best))
        return query.boolean_query(parts)

    def _narrowed(self, base_query: "tantivy.Query", base: int, kept: NDArray[np.bool_]) -> "tantivy.Query":
        if np.count_nonzero(kept) > FEW:
            return base_query
        query, must = self._library.Query, self._library.Occur.Must
        keys = (np.flatnonzero(kept) + base).tolist()
        among = query.const_score_query(query.term_set_query(self._schema, "key", keys), 0.0)
        return query.boolean_query([(must, base_query), (must, among)])

    def _keys(self, hits: list[tuple[Any, Any]]) -> NDArray[np.int64]:
        return np.array(self._searcher.fast_field_values("key", [at for _, at in hits]), np.int64)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Tantivy does not verify what it reads: over a damaged file it fails somewhere, or panics."""
        try:
            yield
        except BaseException as error:
            if not _of_tantivy(error):
                raise
            raise StoreError(f"The text index {self._folder} is damaged ({error}); run `askew index`.") from error

    @contextmanager
    def _writing(self) -> Iterator["tantivy.IndexWriter"]:
        try:
            if self._writer is None:
                # A single thread keeps passages in key order.
                self._writer = self._index.writer(heap_size=HEAP, num_threads=1)
            yield self._writer
        except (ValueError, OSError) as error:
            self._writer = None  # tantivy's writer is unusable after a failure
            raise StoreError(f"Cannot write the text index: {error}. Nothing was stored.") from error


def _of_tantivy(error: BaseException) -> bool:
    """Return whether tantivy failed; a panic of it is no Exception, and its type cannot be imported."""
    return isinstance(error, ValueError | OSError) or type(error).__name__ == "PanicException"


Files = dict[str, tuple[int, int, int]]
"""Inode, size and time of change of files that never change, by path."""


def _files(folder: Path) -> Files:
    """Return the files of the committed segments: others may be incomplete yet."""
    found = {}
    segments = set(_segments(folder))
    for entry in os.scandir(folder):
        if entry.name.partition(".")[0] not in segments:
            continue
        with suppress(FileNotFoundError):
            stat = entry.stat()
            found[entry.path] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
    return found


def sound(folder: Path, thorough: bool = False) -> bool:
    """Return whether the files are undamaged. Those larger than can be read in a moment are taken to be, unless
    `thorough`.
    """
    with os.scandir(folder) as entries:
        size = sum(entry.stat().st_size for entry in entries)
    return (size > VERIFIED and not thorough) or not any(damaged_files(folder))


def damaged_files(folder: Path) -> Iterator[Path]:
    """Yield the files whose checksum differs. The footer of each has its CRC; the format is tantivy's."""
    try:
        used = set(_segments(folder))
        listed = all((folder / f"{name}.store").exists() for name in used)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        listed = False
    if not listed:
        yield folder / "meta.json"
        return
    footers = {}
    with os.scandir(folder) as entries:
        found = sorted(entries, key=attrgetter("name"))
    for entry in found:
        if entry.name.split(".")[0] in used:
            with suppress(FileNotFoundError):  # merged into another in the meantime
                footers[Path(entry.path)] = _footer(Path(entry.path))
    usual = Counter(footers.values()).most_common(1)
    yield from (path for path, footer in footers.items() if not footer or footer != usual[0][0])


def _footer(path: Path) -> str:
    """Return the footer of a file without its checksum, the same for all files; "" if the file is damaged."""
    try:
        data = path.read_bytes()
        length, magic = struct.unpack("<II", data[-8:])
        footer = json.loads(data[-8 - length : -8])
        checksum = footer.pop("crc")
        return json.dumps(footer) if magic == MAGIC and checksum == crc32(data[: -8 - length]) else ""
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error):
        return ""


def _segments(folder: Path) -> list[str]:
    found = json.loads((folder / "meta.json").read_bytes())["segments"]
    return [segment["segment_id"].replace("-", "") for segment in found]


def _enough(scores: NDArray[np.float32], fits: NDArray[np.bool_], k: int) -> bool:
    """Return whether k hits fit and no hit further down can tie with the k-th.

    All hits tied with the k-th are fetched (0.3 microseconds each), because ties are broken by key; otherwise the
    pages of one result could overlap.
    """
    kept = scores[fits]
    return len(kept) >= k and bool(kept[k - 1] > scores[-1])


def _kept(rows: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    inside = (rows >= 0) & (rows < len(kept))
    fits = np.zeros(len(rows), np.bool_)
    fits[inside] = kept[rows[inside]]
    return fits


def _stored_analyser(folder: Path) -> str:
    """Return by which rules the index in a folder was made."""
    try:
        fields = json.loads((folder / "meta.json").read_bytes())["schema"]
        found = next(field["options"] for field in fields if field["name"] == "text")["indexing"]["tokenizer"]
    except (OSError, ValueError, LookupError, TypeError, StopIteration, RecursionError):
        return ANALYSER  # damaged, as opening it will find
    return found if found == FIRST_ANALYSER else ANALYSER


def _schema(analyser: str) -> "tantivy.Schema":
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name=analyser, index_option="freq")
    return builder.build()


def _analyser(language: str, name: str) -> "tantivy.TextAnalyzer":
    """Return what stems the terms of a text; the first version split and folded words as well."""
    import tantivy

    if language not in LANGUAGES:
        raise StoreError(f"The text index has no stemmer for {language!r}. Choose 'english', or '' for none.")
    steps = [tantivy.Filter.stemmer(each) for each in (language, *SCRIPT_STEMMERS) if each]
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    if name == FIRST_ANALYSER:
        builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        folding = (tantivy.Filter.remove_long(LONGEST_WORD), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold())
        steps = [*folding, *steps[: bool(language)]]
    for step in steps:
        builder = builder.filter(step)
    return builder.build()


class Analysis:
    """The terms of texts and queries, for engines that rank by a table of their own."""

    def __init__(self, language: str) -> None:
        self._analyser = _analyser(language, ANALYSER)

    def of_text(self, text: str) -> list[str]:
        """Return the terms of a text, each as often as it has it."""
        return [term[:LONGEST] for term in self._analyser.analyze(terms(text))]

    def of_query(self, query: str) -> list[list[str]]:
        """Return the terms of a query, each with its alternatives."""
        query.encode()  # refuses what is no Unicode
        return [[term[:LONGEST] for term in self._analyser.analyze(" ".join(forms))] for forms in query_terms(query)]


def words(*parts: str) -> str:
    """Return the text to index for a passage. parts: name of its file, title, heading and text."""
    return "\n".join(part for part in parts if part)


def file_name(id: str, source: str) -> str:
    """Return the name of the file that a document is, with its words apart; "" for a row of a file, or no file."""
    from askew.text.terms import words_apart  # which a search by meaning does not need

    name = Path(source).name
    return words_apart(name) if name and Path(id).name == name else ""


def words_of(entries: Iterable["Entry"]) -> Iterator[str]:
    """Yield the text to index for each passage, in order."""
    for entry in entries:
        name = file_name(entry.document.id, entry.document.source)
        for passage in entry.passages:
            yield words(name, entry.document.title, passage.heading, passage.text)
