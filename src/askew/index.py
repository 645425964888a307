"""An index: a contract, an encoder and a store. Every act that compares vectors passes the contract first."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from askew import validation
from askew.bound_encoder import BoundEncoder
from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import InputError
from askew.ingest import Added, add
from askew.progress import Report, reporter, silent
from askew.sealing import seal
from askew.search.context import CONTEXT_PASSAGES, Context
from askew.search.fusion_weights import FusionWeights, Judged, learn_weights, read_weights, write_weights
from askew.search.hits import Hits, hits
from askew.search.hybrid import rank, rank_channels
from askew.search.ranking import CANDIDATES, Ranked, SearchParams, dense
from askew.search.rerank import Reranker
from askew.search.search import RerankOptions, search
from askew.stores import Account, Sizes, Store
from askew.stores.local import WAIT, LocalStore
from askew.stores.steady import steady
from askew.tasks import Task, get
from askew.types import Document, Hit, Role, Where

if TYPE_CHECKING:
    from askew.matching.duplicates import Duplicates

SUFFIX = ".askew"


class Index:
    """Opened for reading unless `writable`; one process may write, beside any number that read."""

    def __init__(self, store: Store, encoder: Encoder | None = None) -> None:
        self.store = store
        self.contract = Contract.read(store.manifest)
        self.sealed = BoundEncoder(self.contract, encoder)

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
        """Seals a contract in a new folder `NAME.askew`; see `askew.sealing.seal`."""
        contract, encoder = seal(task, model, precision, policy, chunk_tokens, overlap, prompts, encoder)
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
        return self.sealed.encoder(act)

    def add(self, documents: Sequence[Document], report: Report = silent) -> Added:
        """Stores documents; those stored already, word for word, cost nothing. Durable batch by batch."""
        validation.check_documents(documents)
        return add(self.store, self.encoder("adding"), self.contract, documents, report)

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
        weights: tuple[float, float] | None = None,
        offset: int = 0,
        passages: int = 1,
        document_score: str = "max",
        rerank: str | Reranker | None = None,
        budget: float = math.inf,
        candidates: int = CANDIDATES,
        mark: int = 0,
        min_confidence: float = 0.0,
    ) -> Hits:
        """The k best documents after the first `offset`, each with at most so many `passages` as hits of their own.

        weights: of the dense and of the lexical ranking in mode hybrid; those that were learned, else 1 and 1.
        document_score: a document is as good as its best passage, or as the mean of its best (`max|mean2|mean3`).
        rerank: a cross-encoder that reads the best `candidates` again, as many as fit into `budget` seconds.
        mark: of how many hits, from the best down, the sentence that matches best is looked for: about 20 ms each.
        min_confidence: the first hit only, and only where at least this share of such hits is right, as calibrated.
        """
        how = SearchParams(k, mode, where, weights or self.weights, offset, passages, document_score, min_confidence)
        validation.check_queries([query])
        validation.check_how(how)
        validation.check_again(how, budget, candidates, rerank is not None)
        again = RerankOptions(self.sealed.reranker(rerank), budget, candidates) if rerank is not None else None
        return steady(lambda: search(self.store, self.sealed.sides("searching"), query, how, again, mark))

    def rank(
        self,
        queries: Sequence[str],
        k: int,
        *,
        mode: str = "dense",
        where: Where | None = None,
        weights: tuple[float, float] | None = None,
        document_score: str = "max",
    ) -> list[list[Ranked]]:
        """For each query the k best documents, by id and score only: the form for runs and measures."""
        how = SearchParams(k, mode, where, weights or self.weights, document_score=document_score)
        validation.check_queries(queries)
        validation.check_how(how)
        return steady(lambda: rank(self.store, self.sealed.sides("searching").query, queries, how))

    @property
    def weights(self) -> tuple[float, float]:
        """Of the dense and of the lexical ranking in hybrid search: as learned, else equal."""
        return read_weights(self.store)

    def learn(self, queries: Sequence[str], judged: Sequence[Judged]) -> FusionWeights:
        """Finds the weights of hybrid search that are best for these queries, and keeps them in the index.

        judged: for each query how relevant which documents are. The index must be writable.
        """
        validation.check_queries(queries)
        learned = learn_weights(
            steady(lambda: rank_channels(self.store, self.sealed.sides("learning").query, queries, SearchParams())),
            judged,
        )
        write_weights(self.store, learned)
        return learned

    def context(
        self,
        query: str,
        budget_tokens: int = 1000,
        *,
        mode: str = "dense",
        where: Where | None = None,
        k: int = CONTEXT_PASSAGES,
        tokenizer: str | Path | None = None,
    ) -> Context:
        """The k best stretches, with numbered sources, as many as fit; tokens are those of the index's own model, or of
        the `tokenizer`, a tokenizer.json.
        """
        from askew.search.context import (  # a search needs none of it, and each is quick but once
            build_context,
            check_tokens,
            encoder_counter,
            tokenizer_counter,
        )

        how = SearchParams(k, mode, where, self.weights, passages=k)
        validation.check_queries([query])
        validation.check_how(how)
        check_tokens(budget_tokens)
        counter = tokenizer_counter(tokenizer) if tokenizer else encoder_counter(self.encoder("searching"))
        query_side = self.sealed.sides("searching").query
        return steady(lambda: build_context(self.store, query_side, query, how, budget_tokens, counter))

    def similar(self, text: str, k: int = 10, *, where: Where | None = None) -> list[Hit]:
        """The documents most like a text: both sides take the document role, whatever the task."""
        validation.check_queries([text])
        validation.check_k(k)
        vectors = self.sealed.encode(Role.DOCUMENT, "comparing", [text])
        return steady(lambda: hits(self.store, dense(self.store, vectors, k, where)[0]))

    def duplicates(
        self,
        threshold: float | None = None,
        *,
        min_confidence: float = 0.0,
        shingles: float | None = None,
        top_k: int = 0,
        memory: int = 1024,
        groups: bool = False,
        strict: bool = False,
        labels: Sequence[str] = (),
        keep: str = "first",
        keep_field: str = "",
        cross_encoder: str | None = None,
        role: Role | None = None,
        where: Where | None = None,
        progress: bool | Report | None = None,
    ) -> "Duplicates":
        """Find every pair of documents of which two passages score at or above the threshold, with labels and groups.

        The same as `askew.duplicates(index)`, which explains the arguments. role: DOCUMENT compares by the document
        encoder, if each role has its own.
        """
        from askew.cleaning.keep import KeepRule
        from askew.matching.corpus import of_index
        from askew.matching.duplicates import DuplicateParams, find_duplicates

        params = DuplicateParams(
            threshold,
            min_confidence,
            shingles,
            top_k,
            memory,
            groups,
            strict,
            labels,
            KeepRule(keep, keep_field),
            cross_encoder,
        )
        return find_duplicates(of_index(self, where, role), params, report=reporter(progress))

    def documents(self, ids: Sequence[str]) -> list[Document]:
        try:
            return self.store.documents(ids)
        except KeyError as fault:
            raise InputError(f"The index holds no document {fault}.") from None

    def sizes(self) -> Sizes:
        return self.store.sizes()

    def losers(self, limit: int) -> list[Account]:
        """The documents that the model did not see whole, the greatest loss first."""
        return self.store.losers(limit)

    def accounts(self) -> Iterable[Account]:
        """Of every document what the model saw of it."""
        return self.store.accounts()

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
            validation.check_recall(recall)
        self.store.optimise(report, recall)

    def discard(self) -> None:
        """Closes the index and takes it off the disk, with all that is in it."""
        self.store.discard()

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()


def folder(name: str | Path) -> Path:
    """`NAME.askew`, also where the suffix was given."""
    path = Path(name)
    if path.name in ("", ".."):
        raise InputError(f"{str(name)!r} is no name for an index.")
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
