"""All that can be said of one query and one document."""

from dataclasses import dataclass

from askew import asked
from askew.index import Index
from askew.search.closer.mark import by_vector, marked
from askew.search.how import How
from askew.stores import Account, Store
from askew.stores.steady import steady
from askew.types import FloatMatrix, Hit, Role, Span, Where
from askew.why.case import Case, Compared, Subject, compared, searched, subject
from askew.why.corpus import products
from askew.why.given import Given, to_passage
from askew.why.near import check_document
from askew.why.order import by_word
from askew.why.percentile import Percentile, of_others, percentile, random_pairs
from askew.why.roles import Roles, roles
from askew.why.standing import Standing, in_fusion, in_order
from askew.why.words import Words, occlude


@dataclass(frozen=True)
class Why:
    """filtered_out: the filter leaves the document out, and every figure is reckoned without the filter.

    document_given: the passage by which the document stands in the dense ranking. ledger: of the whole document.
    weights: of the dense and of the lexical ranking in hybrid. among_pairs, among_passages: what the dense score is
    worth against random pairs of passages, and against this query's scores with the passages of all other documents.
    sentence_words: of that sentence of the passage that matches best, without its title, as a search marks it.
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
    weights: tuple[float, float]
    query_given: Given
    document_given: Given
    ledger: Account
    dense: Standing
    lexical: Standing
    hybrid: Standing
    among_pairs: Percentile
    among_passages: Percentile
    query_words: Words
    sentence_words: Words
    roles: Roles


def explain(
    index: Index,
    query: str,
    document_id: str,
    k: int = 10,
    where: Where | None = None,
    weights: tuple[float, float] | None = None,
) -> Why:
    """Why this document is where it is among the answers to this query. weights: of hybrid search; those that were
    learned, else 1 and 1.
    """
    how = How(k, "hybrid", where, weights or index.weights)
    asked.check_queries([query])
    asked.check_how(how)
    encoder = index.encoder("explaining")
    return steady(lambda: _why(Case(index, encoder, query, document_id, how)))


def _why(case: Case) -> Why:
    check_document(case.store, case.id)
    [own] = case.store.extents([case.id])
    filtered = case.how.where is not None and own.start not in case.store.keys(case.how.where)
    found = compared(case, None if filtered else case.how.where)
    document = subject(case, found, own)
    dense, lexical, hybrid = _standings(case, found, own)
    sealed, best = case.contract.encoder, document.best
    return Why(
        query=case.query,
        document=case.id,
        k=case.how.k,
        where=case.how.where,
        filtered_out=filtered,
        task=case.contract.task,
        model=sealed.model,
        precision=sealed.precision,
        similarity=str(sealed.similarity),
        weights=case.how.weights,
        query_given=found.given,
        document_given=to_passage(case.encoder, case.contract, best.text, document.document.title, document.vector),
        ledger=_account(case.store, case.id),
        dense=dense,
        lexical=lexical,
        hybrid=hybrid,
        among_pairs=percentile(document.score, random_pairs(case.store, found.corpus)),
        among_passages=percentile(document.score, of_others(found.corpus, found.scores[found.used], case.id)),
        query_words=_query_words(case, found.used, document),
        sentence_words=_sentence_words(case, document, found.vector),
        roles=roles(case.contract, found.used, found.orders, case.id, case.how.k),
    )


def _standings(case: Case, found: Compared, own: range) -> tuple[Standing, Standing, Standing]:
    def shown(mode: str) -> bool:
        return any(entry.document == case.id for entry in searched(case, found, mode, case.how.k))

    by_words = by_word(case.store, found.corpus, case.query, found.where)
    documents = len(found.corpus.ids)
    return (
        in_order("dense", found.order, case.id, own, case.how.k, shown("dense")),
        in_order("lexical", by_words, case.id, own, case.how.k, shown("lexical")),
        in_fusion(lambda k: searched(case, found, "hybrid", k), case.id, own, case.how.k, documents),
    )


def _query_words(case: Case, role: Role, document: Subject) -> Words:
    return occlude(case.query, document.score, lambda texts: products(case.encode(texts, role), document.vector))


def _sentence_words(case: Case, document: Subject, query: FloatMatrix) -> Words:
    passage = document.best
    hit = Hit(1, document.score, document.document, passage, "dense", Span(passage.start, passage.end))
    [hit] = marked([hit], by_vector(lambda texts: case.encode(texts, Role.DOCUMENT), query))
    best = hit.sentence or hit.shown
    text = document.document.text[best.start : best.end]
    [score] = products(case.encode([text], Role.DOCUMENT), query)
    return occlude(text, float(score), lambda texts: products(case.encode(texts, Role.DOCUMENT), query))


def _account(store: Store, id: str) -> Account:
    for account in store.accounts():
        if account.document == id:
            return account
    raise KeyError(id)
