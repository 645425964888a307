"""Index: a contract, an encoder and a store. Everything that compares vectors is checked against the contract."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from askew import validation
from askew.bound_encoder import BoundEncoder
from askew.collection import Collection
from askew.encoders import Encoder
from askew.errors import InputError, StoreError
from askew.inputs import judgements_from, queries_from
from askew.progress import Report, reporter
from askew.search.context import CONTEXT_PASSAGES, Context
from askew.search.fusion_weights import FusionWeights, Judged, learn_weights, read_weights, write_weights
from askew.search.hits import Hits, hits
from askew.search.hybrid import rank, rank_channels
from askew.search.ranking import CANDIDATES, Ranked, SearchParams, dense
from askew.search.rerank import Reranker
from askew.search.search import RerankOptions, search
from askew.stores import Store
from askew.stores.local import WAIT, LocalStore
from askew.stores.steady import steady
from askew.stores.where import parse
from askew.types import Hit, Role, Where

if TYPE_CHECKING:
    from askew.ingest import Added
    from askew.mining.duplicates import Duplicates

# Modules that a search does not need are imported where they are used: they would slow down its start.
SUFFIX = ".askew"


class Index(Collection):
    """A collection of documents that is searched by meaning, by words, or both.

    Read-only unless `writable`. One process may write while any number read. Use it as a context manager, or call
    `close`.
    """

    def __init__(self, store: Store, encoder: Encoder | None = None, path: Path | None = None) -> None:
        """Wrap an open store; `create`, `open` and `open_or_create` are the usual ways. path: the index folder."""
        super().__init__(store, path)
        self.sealed = BoundEncoder(self.contract, encoder)

    @classmethod
    def create(
        cls,
        name: str | Path,
        task: str,
        *,
        model: str | None = None,
        dim: int | None = None,
        similarity: str | None = None,
        precision: str | None = None,
        policy: str | None = None,
        chunk_tokens: int | None = None,
        overlap: int | None = None,
        prompts: Mapping[str, str] | None = None,
        encoder: Encoder | None = None,
    ) -> Self:
        """Create the folder `NAME.askew`, open for writing. The settings are sealed and cannot change afterwards.

        task: see `askew.tasks()`; the other settings follow from it unless they are given.
        model: name of a model, or path of a card or folder; see `askew.models()`.
        dim, similarity: for vectors of your own, without a model: their dimension, and `cosine` (default) or `dot`.
        precision: `fp32` (default) or `int8`.
        policy: texts too long for the model: `chunk`, `warn` (truncate), `error` or `accept` (truncate silently).
        chunk_tokens, overlap: maximum tokens of a passage, and tokens shared by adjacent passages.
        prompts: by role, `query` and `document`, instead of those of the model's card.
        encoder: use this instance instead of loading the model.

        Raises StoreError if the folder exists, ModelError if the model's weights are missing.
        """
        from askew.settings import IndexSettings

        path = folder(name)
        settings = IndexSettings(model, dim, similarity, precision, policy, chunk_tokens, overlap, prompts, encoder)
        contract, made = settings.seal(task)
        try:
            store = LocalStore.create(path, contract.encoder.dim, contract.seal(), language=contract.language)
        except OSError as error:
            raise StoreError(f"{path} cannot be created: {error.strerror or error}.") from error
        return cls(store, made, path)

    @classmethod
    def open(
        cls, name: str | Path, *, writable: bool = False, encoder: Encoder | None = None, wait: float = WAIT
    ) -> Self:
        """Open an existing index.

        writable: also for adding and deleting. encoder: use this instance instead of loading the model. wait: seconds
        to wait for another process that is writing. Raises StoreError if there is no index, or none that can be read.
        """
        path = folder(name)
        may_write, seconds = validation.flag(writable, "writable"), validation.seconds(wait, "wait")
        validation.encoder(encoder)
        try:
            store = LocalStore.open(path, writable=may_write, wait=seconds)
        except OSError as error:
            raise StoreError(f"{path} cannot be opened: {error.strerror or error}.") from error
        try:
            return cls(store, encoder, path)
        except BaseException:
            store.close()
            raise

    @classmethod
    def open_or_create(
        cls,
        name: str | Path,
        task: str,
        *,
        model: str | None = None,
        dim: int | None = None,
        similarity: str | None = None,
        precision: str | None = None,
        policy: str | None = None,
        chunk_tokens: int | None = None,
        overlap: int | None = None,
        prompts: Mapping[str, str] | None = None,
        encoder: Encoder | None = None,
        wait: float = WAIT,
    ) -> Self:
        """Open the index for writing, or create it if it does not exist. Arguments as for `create`.

        Raises ContractError, which lists the differences, if an existing index has other settings than those given.
        """
        from askew.settings import IndexSettings

        path = folder(name)
        settings = IndexSettings(model, dim, similarity, precision, policy, chunk_tokens, overlap, prompts, encoder)
        settings.check(task)
        validation.seconds(wait, "wait")
        if not path.exists():
            try:
                return cls.create(name, task, **vars(settings))
            except StoreError:
                if not path.exists():  # otherwise another process was faster
                    raise
        index = cls.open(name, writable=True, encoder=encoder, wait=wait)
        try:
            settings.compare(index.contract, task)
        except BaseException:
            index.close()
            raise
        return index

    def encoder(self, act: str) -> Encoder:
        """Return the encoder, checked against the contract. act: named in the error if it is refused."""
        return self.sealed.encoder(act)

    def add(
        self,
        data: object,
        *,
        vectors: object = None,
        text: str | None = None,
        title: str | None = None,
        id: str | None = None,
        metadata: Sequence[str] | None = None,
        progress: bool | Report | None = None,
    ) -> "Added":
        """Store documents, durably batch by batch. Documents stored already and unchanged are not encoded again.

        data: one or many of strings, dicts, tuples `(id, text)` or `(id, text, metadata)` and `Document`s; or a pandas
        or polars DataFrame, Arrow table or Hugging Face dataset. Records without an id get one made from their text.
        vectors: one per document, (n, dim), for an index that was created with `dim`.
        text, title, id: columns or keys; None recognises the usual names. metadata: those to keep; None keeps all.
        """
        from askew.ingest import add, add_vectors
        from askew.records import documents_from

        report = reporter(progress)
        documents = documents_from(data, text=text, title=title, id=id, metadata=metadata)
        store = self.check_writable()
        if self.contract.has_model:
            if vectors is not None:
                raise InputError(
                    f"This index encodes its documents with {self.contract.encoder.model}; it takes no other vectors. "
                    "Create an index with dim=… for your own."
                )
            return add(store, self.encoder("adding"), self.contract, documents, report)
        if vectors is None:
            raise InputError("This index has no model: pass vectors=…, one for each document.")
        from askew.inputs import vectors_from

        matrix = vectors_from(vectors, self.contract.encoder.dim, len(documents))
        return add_vectors(store, self.contract, documents, matrix, report)

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
        how = SearchParams(
            k,
            mode,
            where,
            self.weights if weights is None else weights,
            offset,
            passages,
            document_score,
            min_confidence,
        )
        validation.check_queries([query])
        validation.whole(mark, "mark")
        if rerank is not None and not isinstance(rerank, Reranker):
            validation.string(rerank, "rerank")
        validation.check_budget(budget, rerank is not None)
        validation.check_candidates(candidates)
        if how.min_confidence and rerank is not None:
            raise InputError("min_confidence was calibrated without reranking: leave out rerank or min_confidence.")
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
        how = SearchParams(k, mode, where, self.weights if weights is None else weights, document_score=document_score)
        texts, _ = queries_from(queries)
        return steady(lambda: rank(self.store, self.sealed.sides("searching").query, texts, how))

    @property
    def weights(self) -> tuple[float, float]:
        """Of the dense and of the lexical ranking in hybrid search: as learned, else equal."""
        return read_weights(self.store)

    def learn(self, queries: Sequence[str], judged: Sequence[Judged]) -> FusionWeights:
        """Finds the weights of hybrid search that are best for these queries, and keeps them in the index.

        judged: for each query how relevant which documents are. The index must be writable.
        """
        texts, _ = queries_from(queries)
        relevant = judgements_from(judged, len(texts))
        self.check_writable()
        learned = learn_weights(
            steady(lambda: rank_channels(self.store, self.sealed.sides("learning").query, texts, SearchParams())),
            relevant,
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
        check_tokens(validation.whole(budget_tokens, "budget_tokens", 1))
        file = None if tokenizer is None else validation.file_path(tokenizer, "tokenizer")
        counter = tokenizer_counter(file) if file else encoder_counter(self.encoder("searching"))
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
        threshold: float,
        *,
        where: Where | None = None,
        role: Role | str | None = None,
        progress: bool | Report | None = None,
    ) -> "Duplicates":
        """Return every pair of documents with two passages that score at or above the threshold, best first.

        role: pass `document` if the index has separate encoders per role; documents are then compared by theirs.
        """
        from askew.mining.duplicates import duplicates

        report = reporter(progress)
        validation.check_threshold(threshold, cosine=self.contract.encoder.similarity == "cosine")
        if where is not None:
            parse(where)
        if self.contract.has_model:
            self.sealed.verify("mining")
        self.contract.check_alike(None if role is None else validation.role(role))
        return duplicates(self.store, threshold, where, report)


def folder(name: str | Path) -> Path:
    """Return `NAME.askew`; the suffix may be part of the name already."""
    path = validation.file_path(name, "name")
    if path.name in ("", ".."):
        raise InputError(f"{str(name)!r} is not a name for an index.")
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
