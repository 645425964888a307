"""Client: an index on a server, with the methods, results and errors of one on this machine."""

import math
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, TypeVar, overload

from askew import validation
from askew.client.connection import ANSWERS_IN, Connection, RemoteCall, encoded, segment
from askew.decode import decoded
from askew.errors import InputError, public_methods
from askew.explain.explain import Explanation
from askew.faq.entries import QuestionAnswer, check_entries, entries_from
from askew.faq.reply import THRESHOLD, Reply
from askew.ingest import Added
from askew.inputs import are_vectors, ids_from, queries_from, vectors_from
from askew.records import documents_from
from askew.search.context import Context
from askew.search.hits import Hits, Reranking, hit_of
from askew.search.ranking import CANDIDATES, CONTEXT_PASSAGES, EQUAL_WEIGHTS, SearchParams
from askew.stores import Sizes
from askew.types import Document, Where

T = TypeVar("T")
TOGETHER = 500  # documents in a request
BYTES = 12 << 20
"""Of the documents in a request; a server takes 16 MiB."""
NUMBER = 26
"""Most bytes of a component of a vector, as JSON."""
IDS = 50  # in an address
PARALLEL = 8


@public_methods()
class Client:
    """An index or a FAQ on a server. The methods are those of `Index` and of `Faq`; results and errors are the same.

    Usable from any number of threads. Use it as a context manager, or call `close`. Where a server has answered a
    search without one of its parts, a warning says so.
    """

    def __init__(self, url: str, index: str, *, key: str | None = None, timeout: float = ANSWERS_IN) -> None:
        """url: of the server. index: the name of the index there. key: the API key, if the server asks for one.
        timeout: seconds for a call, repetitions included.
        """
        self.name = validation.string(index, "index")
        self._connection = Connection(url, key, timeout)
        self._path = f"/v1/indexes/{segment(self.name)}"

    @overload
    def search(
        self,
        query: str,
        k: int = ...,
        *,
        mode: str | None = ...,
        where: Where | None = ...,
        weights: tuple[float, float] | None = ...,
        offset: int = ...,
        passages: int = ...,
        document_score: str = ...,
        rerank: str | None = ...,
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
        weights: tuple[float, float] | None = ...,
        offset: int = ...,
        passages: int = ...,
        document_score: str = ...,
        rerank: str | None = ...,
        budget: float = ...,
        candidates: int = ...,
        collapse: bool = ...,
        diversity: float = ...,
        highlight: int = ...,
        min_confidence: float = ...,
    ) -> list[Hits]: ...
    def search(
        self,
        query: str | Sequence[str],
        k: int = 10,
        *,
        mode: str | None = None,
        where: Where | None = None,
        weights: tuple[float, float] | None = None,
        offset: int = 0,
        passages: int = 1,
        document_score: str = "max",
        rerank: str | None = None,
        budget: float = math.inf,
        candidates: int = CANDIDATES,
        collapse: bool = False,
        diversity: float = 0.0,
        highlight: int = 0,
        min_confidence: float = 0.0,
    ) -> Hits | list[Hits]:
        """Return the k best documents after the first `offset`, best first; see `Index.search`."""
        how = (offset, passages, document_score, min_confidence)
        SearchParams(k, "hybrid" if mode is None else mode, where, EQUAL_WEIGHTS if weights is None else weights, *how)
        validation.check_budget(budget, rerank is not None)
        validation.check_candidates(candidates)
        body = {
            "k": k,
            "mode": mode,
            "where": where,
            "weights": weights,
            "offset": offset,
            "passages": passages,
            "document_score": document_score,
            "rerank": None if rerank is None else validation.string(rerank, "rerank"),
            "budget": None if budget == math.inf else budget,
            "candidates": candidates,
            "collapse": validation.flag(collapse, "collapse"),
            "diversity": validation.number(diversity, "diversity"),
            "highlight": validation.whole(highlight, "highlight"),
            "min_confidence": min_confidence,
            "documents": True,
        }
        return self._each(query, "query", lambda text: self._hits("search", {"query": text, **body}))

    @overload
    def similar(self, text: str, k: int = ..., *, where: Where | None = ...) -> Hits: ...
    @overload
    def similar(self, text: list[str] | tuple[str, ...], k: int = ..., *, where: Where | None = ...) -> list[Hits]: ...
    def similar(self, text: str | Sequence[str], k: int = 10, *, where: Where | None = None) -> Hits | list[Hits]:
        """Return the documents most similar to a text; see `Index.similar`."""
        SearchParams(k, where=where)
        body = {"k": k, "where": where, "documents": True}
        return self._each(text, "text", lambda one: self._hits("similar", {"text": one, **body}))

    def context(
        self,
        query: str,
        budget_tokens: int = 1000,
        *,
        mode: str | None = None,
        where: Where | None = None,
        k: int = CONTEXT_PASSAGES,
    ) -> Context:
        """Pack the best passages into a prompt of at most `budget_tokens`; see `Index.context`."""
        SearchParams(k, "hybrid" if mode is None else mode, where)
        validation.check_queries([query])
        validation.whole(budget_tokens, "budget_tokens", 1)
        body = {"query": query, "budget_tokens": budget_tokens, "mode": mode, "where": where, "k": k}
        return decoded(Context, self._post("context", body))

    def explain(
        self,
        query: str,
        document_id: str,
        k: int = 10,
        where: Where | None = None,
        weights: tuple[float, float] | None = None,
    ) -> Explanation:
        """Explain the rank of one document for one query; see `askew.explain`."""
        SearchParams(k, "hybrid", where, EQUAL_WEIGHTS if weights is None else weights)
        validation.check_queries([query])
        [id] = ids_from([document_id], "document_id")
        body = {"query": query, "document": id, "k": k, "where": where, "weights": weights}
        return decoded(Explanation, self._post("explain", body))

    def ask(
        self,
        message: str,
        k: int = 5,
        *,
        where: Where | None = None,
        threshold: float = THRESHOLD,
        min_confidence: float = 0.0,
    ) -> Reply:
        """Return the k best answers of a FAQ, or none if nothing answers the message; see `Faq.ask`."""
        SearchParams(k, where=where, min_confidence=min_confidence)
        validation.string(message, "message")
        validation.number(threshold, "threshold")
        body = {"message": message, "k": k, "where": where, "threshold": threshold, "min_confidence": min_confidence}
        return decoded(Reply, self._post("faq", body))

    def add(
        self,
        data: object,
        *,
        vectors: object = None,
        text: str | None = None,
        title: str | None = None,
        id: str | None = None,
        metadata: Sequence[str] | None = None,
        readers: str | None = None,
    ) -> Added | Mapping[str, Added]:
        """Store documents, or the entries of a FAQ, durably request by request; see `Index.add` and `Faq.add`.

        Returns the outcome, by channel for a FAQ. The server does not learn from which files documents were read.
        """
        if self._is_faq:
            if vectors is not None:
                raise InputError("A FAQ encodes its entries itself; it takes no vectors.")
            if any(one is not None for one in (text, title, id, metadata)):
                raise InputError("The entries of a FAQ are in the fields id, question and answer; others are metadata.")
            found = [_entry_fields(entry) for entry in check_entries(entries_from(data, readers))]
        else:
            documents = documents_from(data, text=text, title=title, id=id, metadata=metadata, readers=readers)
            found = [_document_fields(document) for document in documents]
        matrix = None if vectors is None else vectors_from(vectors, self._dim, len(found)).tolist()
        parts = _parts(found, 0 if matrix is None or not found else len(matrix[0]))
        outcomes = [self._added(found[part], None if matrix is None else matrix[part]) for part in parts]
        return _total(outcomes, self._is_faq)

    def delete(self, ids: object) -> int:
        """Delete documents by id, one or many, and return how many existed."""
        found = ids_from(ids)
        parts = [found[start : start + TOGETHER] for start in range(0, len(found), TOGETHER)]
        return sum(int(self._written("DELETE", {"ids": part})["deleted"]) for part in parts)

    def documents(self, ids: object) -> list[Document]:
        """Return documents by id, one or many, in this order. Raises InputError for an unknown id."""
        found, documents = ids_from(ids), list[Document]()
        for start in range(0, len(found), IDS):
            query = tuple(("id", id) for id in found[start : start + IDS])
            answer = self._connection.send(RemoteCall("GET", f"{self._path}/documents", query=query))
            named = ({**one, "readers": frozenset(one.get("readers", ()))} for one in answer["documents"])
            documents += [decoded(Document, one) for one in named]
        return documents

    def get(self, id: object) -> Document:
        """Return one document. Raises InputError if the id is unknown."""
        found = self.documents(id)
        if len(found) != 1:
            raise InputError(f"get takes one id, not {len(found)}. Use documents for several.")
        return found[0]

    def show(self) -> dict[str, Any]:
        """Return the contract, the sizes and the settings of the index, as `askew show --json` prints them."""
        return self._connection.send(RemoteCall("GET", self._path))

    def sizes(self) -> Sizes:
        """Return the numbers of documents, passages and tokens, and the bytes on disk; those of a FAQ's answers."""
        return decoded(Sizes, self._half["sizes"])

    def __len__(self) -> int:
        """Number of documents."""
        return self.sizes().documents

    def __bool__(self) -> bool:
        """True, also for an empty index."""
        return True

    def __contains__(self, id: object) -> bool:
        """Whether a document with this id is stored."""
        try:
            self.get(id)
        except InputError:
            self.show()  # raises what hinders an answer: the key, the index, a closed client
            return False
        return True

    def close(self) -> None:
        """End what waits for the server, and close the connections to it; safe to repeat."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of {self.name} at {self._connection.url}>"

    @property
    def _is_faq(self) -> bool:
        return "sizes" not in self.show()

    @property
    def _half(self) -> Mapping[str, Any]:
        """What the server shows of the index, or of the answers of a FAQ."""
        shown = self.show()
        return shown if "sizes" in shown else dict(shown["answers"])

    @property
    def _dim(self) -> int:
        return int(self._half["contract"]["encoder"]["dim"])

    def _post(self, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in body.items() if value is not None}
        return self._connection.send(RemoteCall("POST", f"{self._path}/{what}", given))

    def _hits(self, what: str, body: Mapping[str, Any]) -> Hits:
        found = self._post(what, body)
        for part in found.get("degraded", ()):
            warnings.warn(f"Answered without {part['part']}: {part['reason']}", RuntimeWarning, stacklevel=4)
        reranking = decoded(Reranking, found["reranking"]) if "reranking" in found else Reranking()
        return Hits(tuple(map(hit_of, found["hits"])), reranking, int(found["lost"]))

    def _each(self, query: object, name: str, one: Callable[[str], Hits]) -> Hits | list[Hits]:
        """Return what is found for one query, or for each of many, which are asked at the same time."""
        if are_vectors(query):
            raise InputError(f"A server takes texts, not vectors: pass {name} as text.")
        texts, single = queries_from(query, name)
        if single:
            return one(texts[0])
        with ThreadPoolExecutor(PARALLEL) as pool:
            return list(pool.map(one, texts))

    def _added(self, documents: Sequence[Mapping[str, Any]], vectors: object) -> Mapping[str, Any]:
        body = {"documents": documents, **({} if vectors is None else {"vectors": vectors})}
        added: Mapping[str, Any] = self._written("POST", body)["added"]
        return added

    def _written(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change documents. A request that is repeated, as its answer was lost, is carried out once."""
        once = {"Idempotency-Key": uuid.uuid4().hex}
        return self._connection.send(RemoteCall(method, f"{self._path}/documents", body, headers=once))


def connect(url: str, index: str, *, key: str | None = None, timeout: float = ANSWERS_IN) -> Client:
    """Connect to an index on a server. Raises an error if the server does not answer or has no such index.

        with askew.connect("http://127.0.0.1:7777", "handbook") as index:
            index.search("how long can I be away?")

    key: the API key, if the server asks for one. timeout: seconds for a call, repetitions included.
    """
    client = Client(url, index, key=key, timeout=timeout)
    client.show()
    return client


def _document_fields(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "text": document.text,
        "title": document.title,
        "metadata": dict(document.metadata),
        "readers": sorted(document.readers),
    }


def _entry_fields(entry: QuestionAnswer) -> dict[str, Any]:
    named = {"id": entry.id, "question": entry.question, "answer": entry.answer}
    return {**named, "metadata": dict(entry.metadata), "readers": sorted(entry.readers)}


def _parts(found: Sequence[Mapping[str, Any]], dim: int) -> Iterator[slice]:
    """Yield consecutive parts that fit into a request. dim: of the vectors that go with them, 0 for none."""
    start = size = 0
    for place, one in enumerate(found):
        mine = len(encoded(one)) + dim * NUMBER
        if place > start and (size + mine > BYTES or place - start >= TOGETHER):
            yield slice(start, place)
            start, size = place, 0
        size += mine
    if found:
        yield slice(start, len(found))


def _total(outcomes: Sequence[Mapping[str, Any]], faq: bool) -> Added | Mapping[str, Added]:
    none = Added(0, 0, 0, 0)
    if not faq:
        return sum((decoded(Added, one) for one in outcomes), none)
    halves = ("questions", "answers")
    return {half: sum((decoded(Added, one[half]) for one in outcomes), none) for half in halves}
