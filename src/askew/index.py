"""An index: a contract, an encoder and a store. Every act that compares vectors passes the contract first."""

import math
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast, overload

import numpy as np
from numpy.typing import NDArray

from askew import validation
from askew.bound_encoder import BoundEncoder
from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import InputError
from askew.paths import ANSWERS, QUESTIONS, is_faq
from askew.paths import SUFFIX as SUFFIX
from askew.paths import folder as folder
from askew.progress import Report, silent
from askew.search.hits import Hits
from askew.search.ranking import CANDIDATES, CONTEXT_PASSAGES, EQUAL_WEIGHTS, Ranked, SearchParams
from askew.search.search import RerankOptions, rank, search
from askew.stores import Account, Sizes, Store
from askew.stores.local import WAIT, LocalStore
from askew.tasks import Task, get
from askew.types import Document, FloatMatrix, Role, Where

if TYPE_CHECKING:
    from askew.ingest import Added
    from askew.mining.duplicates import Duplicates
    from askew.search.context import Context
    from askew.search.fusion_weights import FusionWeights, Judged
    from askew.search.rerank import Reranker

# Modules that a search does not need are imported where they are used: they would double its start-up time.

_CLASSES = {"faq": "askew.faq.faq:Faq"}  # classes of tasks that need more than one index; imported on use
Queries = str | Sequence[str] | NDArray[Any]
"""One text or vector, or many."""


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
        """Seals a contract in a new folder `NAME.askew`; see `Contract.for_task`. For the task `faq` this is
        `Faq.create`, and returns a `Faq`.
        """
        if task in _CLASSES:
            fixed = {"policy": policy, "chunk_tokens": chunk_tokens, "overlap": overlap, "prompts": prompts}
            return cast("Self", _created(name, task, fixed, model=model, precision=precision, encoder=encoder))
        contract, encoder = Contract.for_task(task, model, precision, policy, chunk_tokens, overlap, prompts, encoder)
        dim = encoder.signature.dim
        store = LocalStore.create(folder(name), dim, contract.seal(), language=contract.language)
        return cls(store, encoder)

    @classmethod
    def open(
        cls, name: str | Path, *, writable: bool = False, encoder: Encoder | None = None, wait: float = WAIT
    ) -> Self:
        """`wait`: seconds that a writer waits for another to finish. Raises `InputError` for a FAQ: use `Faq.open`."""
        _check_single(name)
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

    def add(self, documents: Sequence[Document], report: Report = silent) -> "Added":
        """Stores documents; those stored already, word for word, cost nothing. Durable batch by batch."""
        from askew.ingest import add

        validation.check_documents(documents)
        return add(self.store, self.encoder("adding"), self.contract, documents, report)

    def delete(self, ids: Sequence[str]) -> int:
        """Forgets documents and returns how many there were."""
        return self.store.delete(ids)

    @overload
    def search(
        self,
        query: str,
        k: int = ...,
        *,
        mode: str = ...,
        where: Where | None = ...,
        weights: tuple[float, float] | None = ...,
        offset: int = ...,
        passages: int = ...,
        document_score: str = ...,
        rerank: "str | Reranker | None" = ...,
        budget: float = ...,
        candidates: int = ...,
        highlight: int = ...,
        min_confidence: float = ...,
    ) -> Hits: ...
    @overload
    def search(
        self,
        query: list[str] | tuple[str, ...],
        k: int = ...,
        *,
        mode: str = ...,
        where: Where | None = ...,
        weights: tuple[float, float] | None = ...,
        offset: int = ...,
        passages: int = ...,
        document_score: str = ...,
        rerank: "str | Reranker | None" = ...,
        budget: float = ...,
        candidates: int = ...,
        highlight: int = ...,
        min_confidence: float = ...,
    ) -> list[Hits]: ...
    @overload
    def search(
        self,
        query: NDArray[Any],
        k: int = ...,
        *,
        mode: str = ...,
        where: Where | None = ...,
        weights: tuple[float, float] | None = ...,
        offset: int = ...,
        passages: int = ...,
        document_score: str = ...,
        rerank: "str | Reranker | None" = ...,
        budget: float = ...,
        candidates: int = ...,
        highlight: int = ...,
        min_confidence: float = ...,
    ) -> Any: ...
    def search(
        self,
        query: Queries,
        k: int = 10,
        *,
        mode: str = "dense",
        where: Where | None = None,
        weights: tuple[float, float] | None = None,
        offset: int = 0,
        passages: int = 1,
        document_score: str = "max",
        rerank: "str | Reranker | None" = None,
        budget: float = math.inf,
        candidates: int = CANDIDATES,
        highlight: int = 0,
        min_confidence: float = 0.0,
    ) -> Hits | list[Hits]:
        """Return the k best documents after the first `offset`, best first; for many queries, a list of such hits.

        query: a text or a vector (dim,); many texts or vectors (n, dim).
        weights: of the dense and the lexical channel in hybrid mode; by default as learned, or equal.
        passages: maximum hits per document. document_score: rank a document by its best passage or by the mean over its
        best (`max|mean2|mean3`).
        rerank: a cross-encoder that reranks the best `candidates`, as many as fit into `budget` seconds.
        highlight: set the sentence that matches best in the first N hits, at about 20 ms each.
        min_confidence: return only the top hit, and only if its calibrated precision is at least this (e.g. 0.95).
        """
        if mode == "hybrid":
            weights = weights or self.weights
        how = (offset, passages, document_score, min_confidence)
        params = SearchParams(k, mode, where, weights or EQUAL_WEIGHTS, *how)
        options = None
        if rerank is not None or (budget, candidates) != (math.inf, CANDIDATES):
            validation.check_again(params, budget, candidates, rerank is not None)
            options = RerankOptions(self.sealed.reranker(rerank), budget, candidates) if rerank is not None else None
        texts, vectors, single = self._queries(query, self.sealed.query_role, "searching", mode, min_confidence)
        by_vector = not texts and vectors is not None and len(vectors) > 0
        if by_vector and (mode != "dense" or options or min_confidence):
            raise InputError("Only dense search without reranking and min_confidence takes vectors. Pass text.")
        found = search(self.store, texts, vectors, params, options)
        if min_confidence:
            from askew.search.abstention import keep_confident

            found = keep_confident(self.store, texts, vectors, params, found)
        if highlight:
            from askew.search.highlight import highlight as highlighted

            by = None if mode == "lexical" else vectors
            found = highlighted(found, texts, by, highlight, self.sealed.encode_documents)
        return found[0] if single else found

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
        """Return the k best documents of each query, by id and score only: the form for runs and measures."""
        if mode == "hybrid":
            weights = weights or self.weights
        params = SearchParams(k, mode, where, weights or EQUAL_WEIGHTS, document_score=document_score)
        validation.check_queries(queries)
        vectors = None if mode == "lexical" else self.sealed.encode_queries(queries, "searching")
        return rank(self.store, queries, vectors, params)

    @property
    def weights(self) -> tuple[float, float]:
        """The weights of the dense and the lexical channel in hybrid search: as learned, or equal."""
        from askew.search.fusion_weights import read_weights

        return read_weights(self.store)

    def learn(self, queries: Sequence[str], judged: "Sequence[Judged]") -> "FusionWeights":
        """Find the weights of hybrid search that are best for these queries, and store them in the index.

        judged: for each query the relevance of documents, by id. The index must be writable.
        """
        from askew.search.fusion_weights import learn_weights, write_weights
        from askew.search.hybrid import rank_channels

        validation.check_queries(queries)
        vectors = self.sealed.encode_queries(queries, "learning")
        learned = learn_weights(rank_channels(self.store, queries, vectors, SearchParams()), judged)
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
    ) -> "Context":
        """Pack the best passages into a prompt of at most `budget_tokens`, with numbered sources.

        k: number of passages considered; adjacent ones count once. tokenizer: the tokenizer.json to count tokens with;
        by default that of the index's model.
        """
        from askew.search.context import build_context, check_tokens, encoder_counter, tokenizer_counter

        weights = self.weights if mode == "hybrid" else EQUAL_WEIGHTS
        params = SearchParams(k, mode, where, weights, passages=k)
        validation.check_queries([query])
        check_tokens(budget_tokens)
        counter = tokenizer_counter(tokenizer) if tokenizer else encoder_counter(self.encoder("searching"))
        vectors = None if mode == "lexical" else self.sealed.encode_queries([query], "searching")
        return build_context(self.store, query, vectors, params, budget_tokens, counter)

    @overload
    def similar(self, text: str, k: int = ..., *, where: Where | None = ...) -> Hits: ...
    @overload
    def similar(self, text: list[str] | tuple[str, ...], k: int = ..., *, where: Where | None = ...) -> list[Hits]: ...
    @overload
    def similar(self, text: NDArray[Any], k: int = ..., *, where: Where | None = ...) -> Any: ...
    def similar(self, text: Queries, k: int = 10, *, where: Where | None = None) -> Hits | list[Hits]:
        """Return the documents most similar to a text or a vector; for many, a list of such hits.

        Both sides take the document role, whatever the task.
        """
        params = SearchParams(k, where=where)
        _, vectors, single = self._queries(text, Role.DOCUMENT, "comparing")
        found = search(self.store, [], vectors, params)
        return found[0] if single else found

    def _queries(
        self, query: Queries, role: Role, act: str, mode: str = "dense", min_confidence: float = 0.0
    ) -> tuple[Sequence[str], FloatMatrix | None, bool]:
        """Return texts, vectors and whether there is one query only. Lexical search needs no vectors."""
        try:
            plain = isinstance(query, str) and bool(query.strip() and query.encode())
        except UnicodeEncodeError:
            plain = False
        if plain and isinstance(query, str):
            texts, single = [query], True
        else:
            from askew.inputs import are_vectors, queries_from, vectors_from

            if are_vectors(query):
                vectors = vectors_from(query, self.contract.encoder.dim, name="query")
                return [], self.sealed.prepared(vectors), np.ndim(query) == 1
            texts, single = queries_from(query, "query")
        if mode == "lexical" and not min_confidence:
            return texts, None, single
        return texts, self.sealed.encode(role, act, texts), single

    def duplicates(
        self, threshold: float, *, where: Where | None = None, role: Role | None = None, report: Report = silent
    ) -> "Duplicates":
        """Every pair of documents of which two passages score at or above the threshold, best first.

        role: DOCUMENT, where an index whose roles have encoders of their own is to compare its documents by theirs.
        """
        from askew.mining.duplicates import duplicates

        self.sealed.verify("mining")
        self.contract.check_alike(role)
        validation.check_threshold(threshold)
        return duplicates(self.store, threshold, where, report)

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


def _created(
    name: str | Path,
    task: str,
    fixed: Mapping[str, object],
    *,
    model: str | None,
    precision: str,
    encoder: Encoder | None,
) -> object:
    """Create an index of another class. fixed: settings that it does not take; None where not given."""
    if given := [key for key, value in fixed.items() if value is not None]:
        raise InputError(
            f"A {task} does not take {given[0]}: the settings of its indexes, {QUESTIONS} and {ANSWERS}, are fixed."
        )
    module, _, attribute = _CLASSES[task].partition(":")
    kind = getattr(import_module(module), attribute)
    return kind.create(name, model=model, precision=precision, encoder=encoder)


def _check_single(name: str | Path) -> None:
    if is_faq(name):
        path = folder(name)
        raise InputError(
            f"{path} is a FAQ: search it with `askew faq {name} MESSAGE` (in Python: Faq.open), or use one of its "
            f"indexes, {path / QUESTIONS} or {path / ANSWERS}."
        )
