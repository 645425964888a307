"""Explanation of one document's rank for one query; every figure can be recomputed from the index."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from heapq import nlargest
from itertools import takewhile

import numpy as np

from askew import validation
from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import InputError, public
from askew.explain.inputs import (
    ModelInput,
    RoleComparison,
    WordContributions,
    alike,
    occlude,
    roles,
    to_passage,
    to_query,
)
from askew.explain.scores import (
    ChannelEvidence,
    Order,
    PassageRows,
    Percentile,
    RankPosition,
    Scores,
    by_meaning,
    by_word,
    compare,
    evidence_of,
    in_fusion,
    in_order,
    of_others,
    percentile,
    products,
    unrelated,
)
from askew.index import Index
from askew.inputs import ids_from
from askew.search.highlight import highlight_by_vector
from askew.search.hybrid import ChannelRanking, rank_every_channel
from askew.search.ranking import Ranked, SearchParams, Weights, channel_weights
from askew.search.search import rank_once
from askew.stores import Account, Store
from askew.types import Document, FloatMatrix, Hit, Passage, Role, Span, SparseRows, Where

NAMED = 3
"""Similar ids named in an error."""
COMPARED = 20_000
"""Ids compared letter by letter: those with the longest common prefix."""


@dataclass(frozen=True)
class ExplainedQuery:
    """A query and the document to explain. how: the search parameters, with the filter of the search."""

    index: Index
    encoder: Encoder
    query: str
    id: str
    how: SearchParams

    @property
    def store(self) -> Store:
        return self.index.store

    @property
    def contract(self) -> Contract:
        return self.index.contract

    def encode(self, texts: Sequence[str], role: Role) -> FloatMatrix:
        return self.index.sealed.encode(role, "explaining", texts)


@dataclass(frozen=True)
class ComparedCorpus:
    """The query scored against every passage, in both roles.

    where: the filter in force. used: the role in which this index encodes queries. given, vector: the query in that
    role. scores, orders: by role, in corpus order.
    """

    where: Where | None
    used: Role
    given: ModelInput
    vector: FloatMatrix
    corpus: PassageRows
    scores: Mapping[Role, Scores]
    orders: Mapping[Role, Order]

    @property
    def order(self) -> Order:
        return self.orders[self.used]


@dataclass(frozen=True)
class ExplainedDocument:
    """The document as stored. own: keys of its passages. best, vector, score: its best passage."""

    document: Document
    own: range
    best: Passage
    vector: FloatMatrix
    score: float


def compared(case: ExplainedQuery, where: Where | None) -> ComparedCorpus:
    used = case.index.task.query_role
    tried = (used,) if alike(case.contract) else tuple(Role)
    given = {role: to_query(case.encoder, case.contract, case.query, role) for role in tried}
    corpus, found = compare(case.store, np.stack([vector for _, vector in given.values()]), where)
    scores = dict(zip(given, found, strict=True))
    orders = {role: by_meaning(corpus, scores[role]) for role in given}
    return ComparedCorpus(
        where,
        used,
        *given[used],
        corpus,
        {role: scores.get(role, scores[used]) for role in Role},
        {role: orders.get(role, orders[used]) for role in Role},
    )


def subject(case: ExplainedQuery, found: ComparedCorpus, own: range) -> ExplainedDocument:
    """Return the document by its best passage. Raises KeyError if it was replaced in the meantime."""
    place = found.order.rank(case.id)
    key = found.order.key(place)
    if key not in own:
        raise KeyError(case.id)
    [document], [passage] = case.store.documents([case.id]), case.store.passages([key])
    return ExplainedDocument(document, own, passage, case.store.vectors([key])[0], found.order.score(place))


def ranking_of_search(case: ExplainedQuery, found: ComparedCorpus, mode: str, k: int) -> Sequence[Ranked]:
    """Return what the search itself finds."""
    how = replace(case.how, k=k, mode=mode, where=found.where)
    terms = _terms(case) if mode == "hybrid" else None
    return rank_once(case.store, [case.query], found.vector[None], how, terms)[0]


def _terms(case: ExplainedQuery) -> SparseRows | None:
    """Return the sparse vector of the query, a third channel of hybrid search, if the index has such vectors."""
    return case.index.sealed.encoded_sparse([case.query], "explaining").rows if case.contract.sparse else None


def evidence_in_hybrid(case: ExplainedQuery, found: ComparedCorpus, own: range) -> tuple[ChannelEvidence, ...]:
    """Return what each channel of hybrid search adds to the score of the document."""
    how, terms = replace(case.how, where=found.where), _terms(case)

    def read(depth: int) -> Sequence[ChannelRanking]:
        return rank_every_channel(case.store, [case.query], found.vector[None], how, terms, depth)[0]

    return evidence_of(
        read, channel_weights(how.weights, sparse=terms is not None), case.id, own, len(found.corpus.ids)
    )


def check_document(store: Store, id: str) -> None:
    if id not in store.digests([id]):
        near = near_ids(id, (account.document for account in store.accounts()))
        hint = f"Did you mean {' or '.join(near)}?" if near else "`askew search` shows the ids of what it finds."
        raise InputError(f"The index has no document {id!r}. {hint}")


def near_ids(id: str, known: Iterable[str]) -> list[str]:
    """Return the most similar ids, best first; ids that contain `id` count as similar."""
    sought = id.casefold()
    ids = nlargest(COMPARED, known, key=lambda each: _shared(each.casefold(), sought))
    folded = {each.casefold(): each for each in ids}
    near = [folded[name] for name in get_close_matches(sought, folded, NAMED, cutoff=0.5)]
    parts = sorted((each for name, each in folded.items() if sought in name), key=lambda each: (len(each), each))
    return list(dict.fromkeys([*near, *parts]))[:NAMED]


def _shared(one: str, other: str) -> int:
    """Return the length of the common prefix."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@dataclass(frozen=True)
class Explanation:
    """Why a document has its rank for a query.

    filtered_out: the filter excludes the document, and all figures are computed without the filter.
    document_given: the passage by which the document is ranked in dense search. ledger: of the whole document.
    weights: of the dense, the lexical, and if there is one the sparse channel in hybrid search. evidence: what each
    channel adds to that score.
    among_pairs, among_passages: percentile of the dense score among random pairs of passages, and among this query's
    scores with the passages of all other documents.
    sentence_words: of the sentence of that passage that a search highlights, without the title.
    """

    query: str
    document: str
    k: int
    where: Where | None
    filtered_out: bool
    task: str
    model: str
    precision: str
    similarity: str
    weights: Weights
    query_given: ModelInput
    document_given: ModelInput
    ledger: Account
    dense: RankPosition
    lexical: RankPosition
    hybrid: RankPosition
    evidence: tuple[ChannelEvidence, ...]
    among_pairs: Percentile
    among_passages: Percentile
    query_words: WordContributions
    sentence_words: WordContributions
    roles: RoleComparison


@public
def explain(
    index: Index,
    query: str,
    document_id: str,
    k: int = 10,
    where: Where | None = None,
    weights: Weights | None = None,
) -> Explanation:
    """Explain the rank of one document for one query.

    weights: of the dense and the lexical channel in hybrid search, and of the sparse one if the index has one (by
    default the mean of the two); by default as learned, or equal.
    """
    validation.instance(index, Index, "index", "an open Index, such as Index.open(name)")
    if weights is not None:
        validation.check_weights(weights, 3 if index.contract.sparse else 2)
    how = SearchParams(
        k, "hybrid", where, index.weights if weights is None else weights, languages=index.sealed.languages
    )
    validation.check_queries([query])
    [id] = ids_from([document_id], "document_id")
    encoder = index.encoder("explaining")
    return _explain(ExplainedQuery(index, encoder, query, id, how))


def _is_kept(store: Store, own: range, where: Where) -> bool:
    """Return whether a filter keeps any passage of a document: pages and headings are those of a passage."""
    kept = store.keys(where)
    return bool(((kept >= own.start) & (kept < own.stop)).any())


def _explain(case: ExplainedQuery) -> Explanation:
    with case.store.snapshot():
        check_document(case.store, case.id)
        [own] = case.store.extents([case.id])
        filtered = case.how.where is not None and not _is_kept(case.store, own, case.how.where)
        found = compared(case, None if filtered else case.how.where)
        document = subject(case, found, own)
        dense, lexical, hybrid = _positions(case, found, own)
        sealed, best = case.contract.encoder, document.best
        return Explanation(
            query=case.query,
            document=case.id,
            k=case.how.k,
            where=case.how.where,
            filtered_out=filtered,
            task=case.contract.task,
            model=sealed.model,
            precision=sealed.precision,
            similarity=str(sealed.similarity),
            weights=channel_weights(case.how.weights, sparse=case.contract.sparse is not None),
            query_given=found.given,
            document_given=to_passage(case.encoder, case.contract, best, document.document, document.vector),
            ledger=_account(case.store, case.id),
            dense=dense,
            lexical=lexical,
            hybrid=hybrid,
            evidence=evidence_in_hybrid(case, found, own),
            among_pairs=percentile(document.score, unrelated(case.store, found.corpus)),
            among_passages=percentile(document.score, of_others(found.corpus, found.scores[found.used], case.id)),
            query_words=_query_words(case, found.used, document),
            sentence_words=_sentence_words(case, document, found.vector),
            roles=roles(case.contract, found.used, found.orders, case.id, case.how.k),
        )


def _positions(
    case: ExplainedQuery, found: ComparedCorpus, own: range
) -> tuple[RankPosition, RankPosition, RankPosition]:
    def shown(mode: str) -> bool:
        return any(entry.document == case.id for entry in ranking_of_search(case, found, mode, case.how.k))

    by_words = by_word(case.store, found.corpus, case.query, found.where)
    documents = len(found.corpus.ids)
    return (
        in_order("dense", found.order, case.id, own, case.how.k, shown("dense")),
        in_order("lexical", by_words, case.id, own, case.how.k, shown("lexical")),
        in_fusion(lambda k: ranking_of_search(case, found, "hybrid", k), case.id, own, case.how.k, documents),
    )


def _query_words(case: ExplainedQuery, role: Role, document: ExplainedDocument) -> WordContributions:
    return occlude(case.query, document.score, lambda texts: products(case.encode(texts, role), document.vector))


def _sentence_words(case: ExplainedQuery, document: ExplainedDocument, query: FloatMatrix) -> WordContributions:
    passage = document.best
    hit = Hit(1, document.score, document.document, passage, "dense", Span(passage.start, passage.end))
    [hit] = highlight_by_vector([hit], query, case.index.sealed.encode_documents)
    best = hit.sentence or hit.shown
    text = document.document.text[best.start : best.end]
    [score] = products(case.encode([text], Role.DOCUMENT), query)
    return occlude(text, float(score), lambda texts: products(case.encode(texts, Role.DOCUMENT), query))


def _account(store: Store, id: str) -> Account:
    for account in store.accounts():
        if account.document == id:
            return account
    raise KeyError(id)
