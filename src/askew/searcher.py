"""Search of an open index: dense, BM25 or hybrid, for texts and for vectors, checked against the contract."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from askew import validation
from askew.bound_encoder import BoundEncoder
from askew.collection import Collection
from askew.encoders import Encoder
from askew.errors import InputError, ResourceError, StoreError, public_methods, system_reason
from askew.inputs import LONGEST_QUERY, check_lengths, judgements_from, queries_from
from askew.search.hits import Hits
from askew.search.ranking import (
    CANDIDATES,
    CONTEXT_PASSAGES,
    EQUAL_WEIGHTS,
    Ranked,
    SearchParams,
    Weights,
    without_sparse,
)
from askew.search.search import RerankOptions, rank, search
from askew.stores import Store
from askew.types import FloatMatrix, Role, SparseRows, Where

if TYPE_CHECKING:
    from askew.search.collapse import Variety
    from askew.search.context import Context
    from askew.search.hybrid import FusionWeights, Judged
    from askew.search.rerank import Reranker

# Modules that a search does not need are imported where they are used: they would slow down its start.
Queries = str | Sequence[str] | NDArray[Any]
"""One text or vector, or many."""


@dataclass(frozen=True)
class Asked:
    """Queries as texts, none if they came as vectors. single: whether it is one query alone. lost: tokens of each that
    the model did not see. terms: the sparse vectors, if they are needed.
    """

    texts: Sequence[str]
    vectors: FloatMatrix | None
    single: bool
    lost: tuple[int, ...] = ()
    terms: SparseRows | None = None


@public_methods(besides=("search",))  # a call less on the way of each search
class Searcher(Collection):
    """A collection of documents that can be searched by meaning, by words, or both."""

    def __init__(self, store: Store, encoder: Encoder | None = None, path: Path | None = None) -> None:
        """Wrap an open store; `create`, `open` and `open_or_create` are the usual ways. path: the index folder."""
        super().__init__(store, path)
        self.sealed = BoundEncoder(self.contract, encoder)

    def encoder(self, act: str) -> Encoder:
        """Return the encoder, checked against the contract. act: named in the error if it is refused."""
        return self.sealed.encoder(act)

    @overload
    def search(
        self,
        query: str,
        k: int = ...,
        *,
        mode: str | None = ...,
        where: Where | None = ...,
        weights: Weights | None = ...,
        offset: int = ...,
        passages: int = ...,
        document_score: str = ...,
        rerank: "str | Reranker | None" = ...,
        budget: float = ...,
        candidates: int = ...,
        collapse: bool = ...,
        diversity: float = ...,
        highlight: int = ...,
        min_confidence: float = ...,
    ) -> Hits: ...
    @overload
    def search(
        self,
        query: list[str] | tuple[str, ...],
        k: int = ...,
        *,
        mode: str | None = ...,
        where: Where | None = ...,
        weights: Weights | None = ...,
        offset: int = ...,
        passages: int = ...,
        document_score: str = ...,
        rerank: "str | Reranker | None" = ...,
        budget: float = ...,
        candidates: int = ...,
        collapse: bool = ...,
        diversity: float = ...,
        highlight: int = ...,
        min_confidence: float = ...,
    ) -> list[Hits]: ...
    @overload
    def search(
        self,
        query: NDArray[Any],
        k: int = ...,
        *,
        mode: str | None = ...,
        where: Where | None = ...,
        weights: Weights | None = ...,
        offset: int = ...,
        passages: int = ...,
        document_score: str = ...,
        rerank: "str | Reranker | None" = ...,
        budget: float = ...,
        candidates: int = ...,
        collapse: bool = ...,
        diversity: float = ...,
        highlight: int = ...,
        min_confidence: float = ...,
    ) -> Any: ...
    def search(
        self,
        query: Queries,
        k: int = 10,
        *,
        mode: str | None = None,
        where: Where | None = None,
        weights: Weights | None = None,
        offset: int = 0,
        passages: int = 1,
        document_score: str = "max",
        rerank: "str | Reranker | None" = None,
        budget: float = math.inf,
        candidates: int = CANDIDATES,
        collapse: bool = False,
        diversity: float = 0.0,
        highlight: int = 0,
        min_confidence: float = 0.0,
    ) -> Hits | list[Hits]:
        """Return the k best documents after the first `offset`, best first; for many queries, a list of such hits.

        query: a text or a vector (dim,); many texts or vectors (n, dim).
        mode: `dense` (by meaning), `lexical` (BM25) or `hybrid` (both); by default what the task says, and dense for
        vectors. weights: of the dense and the lexical channel in hybrid mode, and of the sparse one if the index has
        one (by default the mean of the two); by default as learned, or equal.
        passages: maximum hits per document. document_score: rank a document by its best passage or by the mean over its
        best (`max|mean2|mean3`).
        rerank: a cross-encoder that reranks the best `candidates`, as many as fit into `budget` seconds.
        collapse: show documents that say the same once, as one hit with its `copies`; see `search.collapse`.
        diversity: from 0 to 1, how much a hit's difference from those above counts against its relevance.
        highlight: set the sentence that matches best in the first N hits, at about 20 ms each.
        min_confidence: return only the top hit, and only if its calibrated precision is at least this (e.g. 0.95).
        """
        try:
            mode = self._default_mode(query) if mode is None else mode
            if (
                weights is not None or type(mode) is not str or mode != "dense"
            ):  # a call less on the way of most searches
                weights = self._weights_of(mode, weights, min_confidence)
            how = (offset, passages, document_score, min_confidence)
            languages = self.sealed.languages if type(mode) is str and mode == "hybrid" else ()
            params = SearchParams(k, mode, where, EQUAL_WEIGHTS if weights is None else weights, *how, 0, languages)
            options = variety = None
            usual = type(budget) is float and type(candidates) is int
            if rerank is not None or not usual or budget != math.inf or candidates != CANDIDATES:
                options = self._rerank_options(rerank, budget, candidates, min_confidence)
            if collapse is not False or type(diversity) is not float or diversity:
                variety = _variety(collapse, diversity)
            asked = self._queries(query, self.sealed.query_role, "searching", mode, min_confidence)
            texts, vectors = asked.texts, asked.vectors
            by_vector = not texts and vectors is not None and len(vectors) > 0
            if by_vector and (mode != "dense" or options or min_confidence):
                raise InputError("Only dense search without reranking and min_confidence takes vectors. Pass text.")
            store = self.store if self._closed else self._store  # the property raises for a closed index
            found = search(store, texts, vectors, params, options, variety, asked.terms)
            if min_confidence:
                from askew.search.abstention import keep_confident

                found = keep_confident(self.store, texts, vectors, params, found)
            if type(highlight) is not int or highlight:
                validation.whole(highlight, "highlight")
                from askew.search.highlight import highlight as highlighted

                by = None if mode == "lexical" else vectors
                found = highlighted(found, texts, by, highlight, self.sealed.encode_documents)
            if any(asked.lost):
                found = _with_lost(found, asked.lost)
            return found[0] if asked.single else found
        except (OSError, MemoryError) as error:
            raise ResourceError(system_reason(error)) from error
        except KeyError as error:  # within one state nothing can be deleted
            raise StoreError(f"The index is damaged: {error} is missing. `askew check` says more.") from error

    def rank(
        self,
        queries: Sequence[str],
        k: int,
        *,
        mode: str | None = None,
        where: Where | None = None,
        weights: Weights | None = None,
        document_score: str = "max",
    ) -> list[list[Ranked]]:
        """Return the k best documents of each query, by id and score only: the form for runs and measures."""
        mode = self.task.mode if mode is None else mode
        weights = self._weights_of(mode, weights)
        params = SearchParams(k, mode, where, weights, document_score=document_score, languages=self.sealed.languages)
        texts, _ = queries_from(queries)
        check_lengths(texts)
        vectors, terms = self.sealed.encoded_for(texts, mode)
        return rank(self.store, texts, vectors, params, terms)

    @property
    def weights(self) -> Weights:
        """The weights of the channels in hybrid search, as learned, or equal: dense, lexical, and sparse if the index
        has a learned sparse encoder.
        """
        from askew.search.hybrid import read_weights

        return read_weights(self.store, sparse=self.contract.sparse is not None)

    def _weights_of(self, mode: str, given: Weights | None = None, min_confidence: float = 0.0) -> Weights:
        """Return the weights of a search: those given, or in hybrid mode those of the index. Confidence is calibrated
        without the sparse channel.
        """
        sure = min_confidence if type(min_confidence) is float else validation.number(min_confidence, "min_confidence")
        two = sure != 0 or self.contract.sparse is None
        if given is not None:
            validation.check_weights(given, 2 if two else 3)
            return given
        if not isinstance(mode, str) or mode != "hybrid":
            return EQUAL_WEIGHTS
        return without_sparse(self.weights) if sure else self.weights

    def learn(self, queries: Sequence[str], judged: "Sequence[Judged]") -> "FusionWeights":
        """Find the weights of hybrid search that are best for these queries, and store them in the index.

        judged: for each query the relevance of documents, by id. The index must be writable.
        """
        from askew.search.hybrid import learn_weights, rank_every_channel, write_weights

        texts, _ = queries_from(queries)
        check_lengths(texts)
        relevant = judgements_from(judged, len(texts))
        self.check_writable()
        vectors = self.sealed.encode_queries(texts, "learning")
        terms = self.sealed.encoded_sparse(texts, "learning").rows if self.contract.sparse else None
        rankings = rank_every_channel(
            self.store, texts, vectors, SearchParams(languages=self.sealed.languages), terms, CANDIDATES
        )
        learned = learn_weights(rankings, relevant)
        write_weights(self.store, learned)
        return learned

    def context(
        self,
        query: str,
        budget_tokens: int = 1000,
        *,
        mode: str | None = None,
        where: Where | None = None,
        k: int = CONTEXT_PASSAGES,
        tokenizer: str | Path | None = None,
    ) -> "Context":
        """Pack the best passages into a prompt of at most `budget_tokens`, with numbered sources.

        k: number of passages considered; adjacent ones count once. tokenizer: the tokenizer.json to count tokens with;
        by default that of the index's model.
        """
        from askew.search.context import build_context, check_tokens, encoder_counter, tokenizer_counter

        mode = self.task.mode if mode is None else mode
        params = SearchParams(k, mode, where, self._weights_of(mode), passages=k, languages=self.sealed.languages)
        validation.check_queries([query])
        check_tokens(validation.whole(budget_tokens, "budget_tokens", 1))
        file = None if tokenizer is None else validation.file_path(tokenizer, "tokenizer")
        counter = tokenizer_counter(file) if file else encoder_counter(self.encoder("searching"))
        return build_context(self.store, query, *self.sealed.encoded_for([query], mode), params, budget_tokens, counter)

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
        asked = self._queries(text, Role.DOCUMENT, "comparing")
        found = search(self.store, [], asked.vectors, params)
        if any(asked.lost):
            found = _with_lost(found, asked.lost)
        return found[0] if asked.single else found

    def _rerank_options(
        self, rerank: "str | Reranker | None", budget: float, candidates: int, min_confidence: float
    ) -> RerankOptions | None:
        validation.check_budget(budget, rerank is not None)
        validation.check_candidates(candidates)
        if rerank is None:
            return None
        if min_confidence:
            raise InputError("min_confidence was calibrated without reranking: leave out rerank or min_confidence.")
        return RerankOptions(self.sealed.reranker(rerank), budget, candidates)

    def _default_mode(self, query: Queries) -> str:
        """Return the mode of the task; vectors have no words to search for."""
        if self.task.mode == "dense" or isinstance(query, str):
            return self.task.mode
        from askew.inputs import are_vectors

        return "dense" if are_vectors(query) else self.task.mode

    def _queries(self, query: Queries, role: Role, act: str, mode: str = "dense", min_confidence: float = 0.0) -> Asked:
        """Return texts, vectors and whether there is one query only. Lexical search needs no vectors."""
        try:
            plain = isinstance(query, str) and bool(query.strip() and query.encode()) and len(query) <= LONGEST_QUERY
        except UnicodeEncodeError:
            plain = False
        if plain and isinstance(query, str):
            texts, single = [query], True
        else:
            from askew.inputs import are_vectors, queries_from, vectors_from

            if are_vectors(query):
                vectors = vectors_from(query, self.contract.encoder.dim, name="query")
                return Asked([], self.sealed.prepared(vectors), np.ndim(query) == 1)
            texts, single = queries_from(query, "query")
            check_lengths(texts, "query")
        if mode == "lexical" and not min_confidence:
            return Asked(texts, None, single)
        if mode == "sparse":
            found = self.sealed.encoded_sparse(texts, act)
            lost = tuple((found.tokens - found.seen).tolist())
            _warn_of_cut(found.tokens, self.sealed.sparse(act).room(role))
            return Asked(texts, None, single, lost, found.rows)
        made = self.sealed.encoded(role, act, texts)
        lost = tuple((made.tokens - made.seen).tolist())
        if any(lost):
            _warn_of_cut(made.tokens, self.sealed.encoder(act).room(role))
        third = mode == "hybrid" and self.contract.sparse is not None and not min_confidence
        return Asked(texts, made.vectors, single, lost, self.sealed.encoded_sparse(texts, act).rows if third else None)


def _with_lost(found: Sequence[Hits], lost: Sequence[int]) -> list[Hits]:
    return [replace(hits, lost=tokens) for hits, tokens in zip(found, lost, strict=True)]


def _variety(collapse: bool, diversity: float) -> "Variety | None":
    from askew.search.collapse import Variety

    asked = Variety(collapse, diversity)
    return asked if asked.collapse or asked.diversity else None


def _warn_of_cut(tokens: NDArray[np.int64], room: int) -> None:
    if cut := int((tokens > room).sum()):
        import warnings

        from askew.errors import TruncationWarning

        warnings.warn(
            f"{'The query has' if len(tokens) == 1 else f'{cut} queries have'} more than the {room} tokens that "
            "the model sees; the rest is not searched for by meaning.",
            TruncationWarning,
            stacklevel=4,
        )
