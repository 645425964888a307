"""An index: a contract, an encoder and a store. Every act that compares vectors passes the contract first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from askew import asked, ingest
from askew.contract import Contract
from askew.documents.ledger import Policy
from askew.encoders import Encoder
from askew.encoders.loading import load, signature
from askew.errors import InputError, StoreError
from askew.mining.pairs import pairs
from askew.models import cards, own
from askew.models.cards import Card
from askew.progress import Progress, Report, silent
from askew.search.fusion import reciprocal_rank
from askew.search.hits import hits
from askew.search.ranking import Ranked, dense, lexical
from askew.similarity import prepare
from askew.stores import Sizes, Store
from askew.stores.local import WAIT, LocalStore
from askew.tasks import Task, get
from askew.types import Document, FloatMatrix, Hit, Pair, Role, Where

T = TypeVar("T")

SUFFIX = ".askew"
BATCH = 512  # documents encoded and made durable together
FUSED = 100  # how deep hybrid search reads each ranking
LOOKS = 10  # how often a search looks again where a writer took away what it had just found


@dataclass(frozen=True)
class Added:
    """What became of the documents given: new, changed (and encoded anew), or stored already as they are."""

    new: int
    changed: int
    unchanged: int
    truncated: int


class Index:
    """Opened for reading unless `writable`; one process may write, beside any number that read."""

    def __init__(self, store: Store, encoder: Encoder | None = None) -> None:
        self.store = store
        self.contract = Contract.read(store.manifest)
        self._encoder = encoder

    @classmethod
    def create(
        cls,
        name: str | Path,
        task: str,
        *,
        model: str | None = None,
        precision: str = "fp32",
        policy: str | None = None,
        chunk_tokens: int | None = None,
        overlap: int | None = None,
        prompts: Mapping[str, str] | None = None,
        encoder: Encoder | None = None,
    ) -> Self:
        """Seals a contract in a new folder `NAME.askew`. What is not given follows from the task.

        model: a card's name, or the path of a card or folder of one's own. prompts: by role, in place of the card's.
        encoder: one in hand, in place of the one that a card describes.
        """
        chosen = get(task)
        if encoder is None:
            card = cards.with_prompts(own.resolve(model or chosen.model), task, prompts or {})
            encoder, languages = load(card, task, precision), card.languages
        else:
            languages = ()
        contract = Contract(
            task=task,
            encoder=encoder.signature,
            policy=asked.policy(policy or chosen.policy),
            chunk_tokens=asked.chunk_tokens(chunk_tokens, chosen, encoder),
            overlap=asked.overlap(overlap, chosen),
            language="english" if languages == ("en",) else "",
            overrides=dict(prompts or {}),
        )
        dim = encoder.signature.dim
        store = LocalStore.create(folder(name), dim, contract.seal(), language=contract.language)
        return cls(store, encoder)

    @classmethod
    def open(
        cls, name: str | Path, *, writable: bool = False, encoder: Encoder | None = None, wait: float = WAIT
    ) -> Self:
        """`wait`: seconds that a writer waits for another to finish."""
        store = LocalStore.open(folder(name), writable=writable, wait=wait)
        try:
            return cls(store, encoder)
        except BaseException:
            store.close()
            raise

    @property
    def task(self) -> Task:
        return get(self.contract.task)

    def encoder(self, act: str) -> Encoder:
        """The encoder, checked against the contract; `act` is named where it is refused."""
        self._verify(act)
        if self._encoder is None:
            self._encoder = load(self._card(), self.contract.task, self.contract.encoder.precision)
        return self._encoder

    def add(self, documents: Sequence[Document], report: Report = silent) -> Added:
        """Stores documents; those stored already, word for word, cost nothing. Durable batch by batch."""
        encoder = self.encoder("adding")
        asked.check_documents(documents)
        stored = self.store.digests([document.id for document in documents])
        fresh = [document for document in documents if stored.get(document.id) != ingest.digest(document)]
        if self.contract.policy == Policy.ERROR:
            asked.check_truncation(fresh, encoder)
        truncated = 0
        for start in range(0, len(fresh), BATCH):
            part = fresh[start : start + BATCH]
            entries = ingest.entries(part, encoder, self.contract, _within(report, start, len(part), len(fresh)))
            self.store.write(entries)
            truncated += sum(entry.seen < entry.tokens for entry in entries)
            report(Progress("documents", start + len(part), len(fresh)))
        changed = sum(document.id in stored for document in fresh)
        return Added(len(fresh) - changed, changed, len(documents) - len(fresh), truncated)

    def delete(self, ids: Sequence[str]) -> int:
        """Forgets documents and returns how many there were."""
        return self.store.delete(ids)

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        mode: str = "dense",
        where: Where | None = None,
        weights: tuple[float, float] = (1.0, 1.0),
    ) -> list[Hit]:
        """The k best documents. `weights` are those of the dense and of the lexical ranking in mode hybrid."""
        return _steady(lambda: hits(self.store, self._ranked([query], k, mode, where, weights)[0]))

    def rank(
        self,
        queries: Sequence[str],
        k: int,
        *,
        mode: str = "dense",
        where: Where | None = None,
        weights: tuple[float, float] = (1.0, 1.0),
    ) -> list[list[Ranked]]:
        """For each query the k best documents, by id and score only: the form for runs and measures."""
        return _steady(lambda: self._ranked(queries, k, mode, where, weights))

    def _ranked(
        self,
        queries: Sequence[str],
        k: int,
        mode: str,
        where: Where | None,
        weights: tuple[float, float],
    ) -> list[list[Ranked]]:
        asked.check_mode(mode)
        asked.check_queries(queries, k)
        asked.check_weights(weights)
        depth = max(k, FUSED) if mode == "hybrid" else k
        by_word = [lexical(self.store, query, depth, where) for query in queries] if mode != "dense" else []
        if mode == "lexical":
            return by_word
        by_meaning = dense(self.store, self._encoded(queries, self.task.query_role, "searching"), depth, where)
        if mode == "dense":
            return by_meaning
        return [reciprocal_rank((meaning, word), weights, k) for meaning, word in zip(by_meaning, by_word, strict=True)]

    def similar(self, text: str, k: int = 10, *, where: Where | None = None) -> list[Hit]:
        """The documents most like a text: both sides take the document role, whatever the task."""
        asked.check_queries([text], k)
        vectors = self._encoded([text], Role.DOCUMENT, "comparing")
        return _steady(lambda: hits(self.store, dense(self.store, vectors, k, where)[0]))

    def duplicates(self, threshold: float, *, where: Where | None = None, report: Report = silent) -> list[Pair]:
        """Every pair of documents of which two passages score at or above the threshold, best first."""
        self._verify("mining")
        asked.check_threshold(threshold)
        total = self.store.count(where)
        held = self.store.blocks(where)
        found = pairs(lambda: held, threshold, total, report)
        best: dict[tuple[str, str], Pair] = {}
        for (left, right), score in zip(_owners(self.store, found.keys), found.scores, strict=True):
            if left != right and left and right:
                best.setdefault((left, right), Pair(float(score), left, right))
        return list(best.values())

    def documents(self, ids: Sequence[str]) -> list[Document]:
        try:
            return self.store.documents(ids)
        except KeyError as fault:
            raise InputError(f"The index holds no document {fault}.") from None

    def sizes(self) -> Sizes:
        return self.store.sizes()

    def facts(self) -> Mapping[str, Any]:
        return self.store.facts()

    def check(self) -> list[str]:
        """Every fault found, each a sentence; an empty list is a clean bill."""
        return self.store.check()

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        """Gives back the space of what was deleted, and builds an approximate index once a scan takes too long.

        `recall`: the share of the ten nearest passages that it must find, 0.99 unless another was asked before. It
        is measured when the index is built; see `facts`.
        """
        if recall is not None:
            asked.check_recall(recall)
        self.store.optimise(report, recall)

    def discard(self) -> None:
        """Closes the index and takes it off the disk, with all that is in it."""
        self.store.discard()

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _verify(self, act: str) -> None:
        """Compares the encoder in hand, or the one that this installation would load, with the sealed one."""
        sealed = self.contract.encoder
        if self._encoder is None:
            given = signature(self._card(), self.contract.task, sealed.precision)
        else:
            given = self._encoder.signature
        self.contract.check(given, act)

    def _card(self) -> Card:
        return cards.with_prompts(cards.get(self.contract.encoder.model), self.contract.task, self.contract.overrides)

    def _encoded(self, texts: Sequence[str], role: Role, act: str) -> FloatMatrix:
        return prepare(self.encoder(act).encode(texts, role).vectors, self.contract.encoder.similarity)


def folder(name: str | Path) -> Path:
    """`NAME.askew`, also where the suffix was given."""
    path = Path(name)
    if path.name in ("", ".."):
        raise InputError(f"{str(name)!r} is no name for an index.")
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def _steady(act: Callable[[], T]) -> T:
    """A writer beside us may take away what was just found; then it is looked for again."""
    for _ in range(LOOKS):
        try:
            return act()
        except KeyError:
            continue
    raise StoreError("The index is being changed faster than it can be searched; try again.")


def _owners(store: Store, keys: NDArray[np.int64]) -> list[tuple[str, str]]:
    """keys: (n, 2). "" for the owner of a passage that a writer has taken away since."""
    flat = np.unique(keys).tolist()
    try:
        owner = dict(zip(flat, store.owners(flat), strict=True))
    except KeyError:
        owner = {key: _owner(store, key) for key in flat}
    return [(owner[a], owner[b]) for a, b in keys.tolist()]


def _owner(store: Store, key: int) -> str:
    try:
        return store.owners([key])[0]
    except KeyError:
        return ""


def _within(report: Report, before: int, part: int, total: int) -> Report:
    """Turns the progress of one batch's passages into that of all documents."""

    def told(progress: Progress) -> None:
        share = progress.done / max(progress.total, 1)
        report(Progress("documents", before + int(part * share), total))

    return told
