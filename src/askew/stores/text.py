"""The text index: BM25 by tantivy. Derived: the catalogue holds all that it needs to be built again.

It knows passages by key and nothing else. Keys only grow, and a commit is whole or not there at all, so the
greatest key in it says how far it reaches: no second account is kept. Passages that died stay in until the
next compaction; whoever searches passes the rows that are kept.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from askew.errors import StoreError

if TYPE_CHECKING:
    import tantivy

ANALYSER = "askew"
LONGEST_WORD = 64
HEAP = 64_000_000
FEW = 20_000
"""Up to so many kept passages are named in the query itself; beyond, they are sifted from its hits."""
WIDEN = 4

LANGUAGES = ("", "english")
"""Those whose words are brought to their stems; "" leaves every word as it is, and suits any language."""


@dataclass(frozen=True)
class Found:
    """keys: (n,) int64. scores: (n,) float32. Best first, equal scores by key; n <= k."""

    keys: NDArray[np.int64]
    scores: NDArray[np.float32]


class TextIndex:
    """In a folder, or in memory where `folder` is None."""

    def __init__(self, folder: Path | None, language: str) -> None:
        import tantivy

        self._library = tantivy
        self._analyser = _analyser(language)
        self._schema = _schema()
        self._writer: tantivy.IndexWriter | None = None
        try:
            if folder is not None:
                folder.mkdir(exist_ok=True)
            self._index = tantivy.Index(self._schema, path=None if folder is None else str(folder))
            self._index.register_tokenizer(ANALYSER, self._analyser)
            self._index.config_reader(reload_policy="manual")
            self.reload()
        except (ValueError, OSError) as fault:
            raise StoreError(f"The text index {folder} cannot be opened: {fault}.") from fault

    def reload(self) -> None:
        """What other processes have committed becomes visible."""
        self._index.reload()
        self._searcher = self._index.searcher()

    def end(self) -> int:
        """One more than the greatest key; 0 where there is none."""
        best = self._searcher.search(self._library.Query.all_query(), 1, count=False, order_by_field="key")
        return int(best.hits[0][0]) + 1 if best.hits else 0

    def keys(self) -> NDArray[np.int64]:
        """All of them, ascending."""
        every = self._library.Query.all_query()
        hits = self._searcher.search(every, max(1, self._searcher.num_docs), count=False).hits
        return np.sort(self._keys(hits))

    def add(self, passages: Iterable[tuple[int, str]]) -> None:
        """Keys and texts, in ascending order of key; visible at `commit`."""
        for key, text in passages:
            document = self._library.Document()
            document.add_unsigned("key", key)
            document.add_text("text", _composed(text))
            with self._writing() as writer:
                writer.add_document(document)

    def forget_from(self, first: int) -> None:
        """Takes out every passage of this key or a greater one; visible at `commit`."""
        kind = self._library.FieldType.Unsigned
        beyond = self._library.Query.range_query(self._schema, "key", kind, lower_bound=first)
        with self._writing() as writer:
            writer.delete_documents_by_query(beyond)

    def commit(self) -> None:
        with self._writing() as writer:
            writer.commit()
        self.reload()

    def rollback(self) -> None:
        """Drops what was added since the last commit."""
        if self._writer is not None:
            with self._writing() as writer:
                writer.rollback()

    def close(self) -> None:
        """Gives up tantivy's own lock at once, not when this object is collected; what was not committed is gone."""
        self._writer = None

    def search(self, query: str, k: int, base: int, kept: NDArray[np.bool_]) -> Found:
        """Of the passages with keys `base` … `base + len(kept) - 1` that are kept, the k best."""
        words = self._analyser.analyze(_composed(query))
        k = min(k, self._searcher.num_docs)
        if not words or k < 1:
            return Found(np.empty(0, np.int64), np.empty(0, np.float32))
        asked = self._narrowed(self._any_of(words), base, kept)
        wanted = k
        while True:
            hits = self._searcher.search(asked, wanted, count=False).hits
            keys = self._keys(hits)
            scores = np.array([score for score, _ in hits], np.float32)
            fits = _kept(keys - base, kept)
            if len(hits) < wanted or _enough(scores, fits, k):
                order = np.lexsort((keys[fits], -scores[fits]))[:k]
                return Found(keys[fits][order], scores[fits][order])
            wanted *= WIDEN

    def _any_of(self, words: list[str]) -> "tantivy.Query":
        term, should = self._library.Query.term_query, self._library.Occur.Should
        parts = [(should, term(self._schema, "text", word, "freq")) for word in words]
        return self._library.Query.boolean_query(parts)

    def _narrowed(self, asked: "tantivy.Query", base: int, kept: NDArray[np.bool_]) -> "tantivy.Query":
        if np.count_nonzero(kept) > FEW:
            return asked
        query, must = self._library.Query, self._library.Occur.Must
        keys = (np.flatnonzero(kept) + base).tolist()
        among = query.const_score_query(query.term_set_query(self._schema, "key", keys), 0.0)
        return query.boolean_query([(must, asked), (must, among)])

    def _keys(self, hits: list[tuple[Any, Any]]) -> NDArray[np.int64]:
        return np.array(self._searcher.fast_field_values("key", [at for _, at in hits]), np.int64)

    @contextmanager
    def _writing(self) -> Iterator["tantivy.IndexWriter"]:
        try:
            if self._writer is None:
                # One thread, so that passages lie in the order of their keys.
                self._writer = self._index.writer(heap_size=HEAP, num_threads=1)
            yield self._writer
        except (ValueError, OSError) as fault:
            self._writer = None  # tantivy's writer cannot go on after a failure
            raise StoreError(f"The text index cannot be written: {fault}. Nothing was stored.") from fault


def _composed(text: str) -> str:
    """Letters and their accents as one character each, whatever wrote the text."""
    return unicodedata.normalize("NFC", text)


def _enough(scores: NDArray[np.float32], fits: NDArray[np.bool_], k: int) -> bool:
    """There are k that fit, and none beyond the last hit can have the score of the k-th: ties go by key.

    However many share that score, all are fetched: 0.3 microseconds each, and without them the pages of one result
    would overlap.
    """
    kept = scores[fits]
    return len(kept) >= k and bool(kept[k - 1] > scores[-1])


def _kept(rows: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    inside = (rows >= 0) & (rows < len(kept))
    fits = np.zeros(len(rows), np.bool_)
    fits[inside] = kept[rows[inside]]
    return fits


def _schema() -> "tantivy.Schema":
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name=ANALYSER, index_option="freq")
    return builder.build()


def _analyser(language: str) -> "tantivy.TextAnalyzer":
    import tantivy

    if language not in LANGUAGES:
        raise StoreError(f"The text index knows no language {language!r}; known are english and none.")
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    builder = builder.filter(tantivy.Filter.remove_long(LONGEST_WORD)).filter(tantivy.Filter.lowercase())
    builder = builder.filter(tantivy.Filter.ascii_fold())
    if language:
        builder = builder.filter(tantivy.Filter.stemmer(language))
    return builder.build()
