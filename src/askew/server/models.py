"""Models that the server encodes and reranks with: found by name, loaded once, shared by all requests."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property

from askew.encoders import Encoded
from askew.encoders.loading import load, load_reranker, signature
from askew.encoders.signature import Signature
from askew.errors import InputError
from askew.models import cards, own
from askew.models.card import Card
from askew.server.batching import Observe
from askew.server.config import ServerConfig
from askew.server.errors import NotFoundError
from askew.server.queues import BatchedEncoder, EncodeQueue, RerankQueue
from askew.tasks import get as task_of
from askew.types import Role

TASK = "question-answering"
"""The task of texts that come without one: embeddings of queries and documents are mostly for search."""
ROLES = {
    "query": Role.QUERY,
    "document": Role.DOCUMENT,
    "passage": Role.DOCUMENT,
    "search_query": Role.QUERY,
    "search_document": Role.DOCUMENT,
}
"""Roles as askew, E5, Cohere and Nomic name them."""
TASKS = {"classification": "paraphrase", "clustering": "article-similarity"}
"""What Cohere has as input types are tasks here, in which the roles are the same."""


@dataclass(frozen=True)
class Side:
    """What texts are encoded for. role: "" if it makes no difference with this model. assumed: the server's default."""

    task: str
    role: Role
    named: str
    assumed: bool = False


@dataclass(frozen=True)
class ServedModel:
    """A model with its queue, for one task."""

    card: Card
    queue: EncodeQueue

    @property
    def signature(self) -> Signature:
        return self.queue.encoder.signature

    @cached_property
    def contract(self) -> str:
        """Digest of everything that the vectors depend on."""
        return self.signature.fingerprint[:16]

    def submit(self, texts: Sequence[str], role: Role) -> "Future[Encoded]":
        return self.queue.submit(texts, role)

    def room(self, role: Role) -> int:
        return self.queue.encoder.room(role)


class Models:
    """The models of a server. Encoders with equal signatures are one, whoever asks for them."""

    def __init__(self, config: ServerConfig, observe: Observe) -> None:
        self.names = tuple(own.resolve(name).name for name in config.models)
        self.rerankers = tuple(own.resolve(name).name for name in config.rerankers)
        self._config = config
        self._observe = observe
        self._queues: dict[str, EncodeQueue] = {}
        self._rerankers: dict[str, RerankQueue] = {}
        self._served: dict[tuple[str, str], ServedModel] = {}
        self._turn = threading.Lock()

    def get(self, name: str | None, task: str = TASK) -> ServedModel:
        """Return a served model by name, the first one by default. It is loaded when it is first used."""
        chosen = name or self.names[0]
        if (found := self.loaded(chosen, task)) is None:
            task_of(task)
            self.check(chosen)
            card = own.resolve(chosen)
            found = self._served[chosen, task] = ServedModel(card, self.queue(card, task, self._config.precision))
        return found

    def loaded(self, name: str | None, task: str) -> ServedModel | None:
        """Return a model that has been used before, None for another."""
        return self._served.get((name or self.names[0], task))

    def check(self, name: str) -> None:
        """Raise NotFoundError unless this model is served."""
        self._check(name, (*self.names, *(one for one in self.rerankers if own.resolve(one).kind == "bi-encoder")))

    def queue(self, card: Card, task: str, precision: str) -> EncodeQueue:
        key = signature(card, task, precision).fingerprint
        with self._turn:
            if key not in self._queues:
                encoder = load(card, task, precision)
                self._queues[key] = EncodeQueue(encoder, self._config.limits, self._observe)
            return self._queues[key]

    def batched(self, sealed: Signature, task: str, card: Card) -> BatchedEncoder | None:
        """Return the shared encoder for the contract of an index; None if this card does not make these vectors, about
        which the index itself says more.
        """
        if signature(card, task, sealed.precision) != sealed:
            return None
        return BatchedEncoder(self.queue(card, task, sealed.precision))

    def side(self, model: ServedModel, input_type: str | None, task: str) -> Side:
        """Return the role for an input type. Raises InputError if the model needs one and none was given."""
        if input_type is not None and input_type not in ROLES:
            raise InputError(f"There is no input_type {input_type!r}. Choose one of: {', '.join(ROLES)}.")
        differ = roles_differ(model.signature)
        if input_type is not None:
            role = ROLES[input_type]
            return Side(task, role, role if differ else "")
        if not differ:
            return Side(task, Role.DOCUMENT, "")
        if not self._config.default_role:
            raise InputError(
                f"{model.card.name} encodes queries and documents differently. Send input_type: query for what is "
                "searched for, document for what is found (or start the server with --default-role)."
            )
        role = Role(self._config.default_role)
        return Side(task, role, role, assumed=True)

    def reranker(self, name: str | None) -> Card:
        """Return the card of a reranker by name, the first one by default: of any kind of model."""
        if name is None and not self.rerankers:
            raise NotFoundError("The server has no reranker. Start it with --reranker.")
        chosen = name or self.rerankers[0]
        self._check(chosen, (*self.rerankers, *self.names))
        return own.resolve(chosen)

    def scorer(self, card: Card) -> RerankQueue | None:
        """Return the queue of a cross-encoder or late-interaction model that has been used before, None for another."""
        return self._rerankers.get(card.name)

    def load_scorer(self, card: Card) -> RerankQueue:
        with self._turn:
            if card.name not in self._rerankers:
                scorer = load_reranker(card, self._config.precision)
                self._rerankers[card.name] = RerankQueue(card.name, scorer, self._config.limits, self._observe)
            return self._rerankers[card.name]

    def depth(self) -> int:
        """Return the number of requests that wait for an encoder or reranker."""
        return sum(queue.depth for queue in self._every())

    def close(self) -> None:
        for queue in self._every():
            queue.close()

    def _every(self) -> list[EncodeQueue | RerankQueue]:
        return [*self._queues.values(), *self._rerankers.values()]

    def _check(self, name: str, served: Sequence[str]) -> None:
        if name not in served:
            raise NotFoundError(f"The server has no model {name[:100]!r}. It has: {', '.join(served)}.")


def roles_differ(sealed: Signature) -> bool:
    """Return whether a text has another vector as a query than as a document."""
    return sealed.towers or sealed.prompts.get(Role.QUERY, "") != sealed.prompts.get(Role.DOCUMENT, "")


def known(name: str | None, what: str = "model") -> str | None:
    """Return the name of a card, or None. A request may name no path, from which a card would be made and saved."""
    if name is not None and name not in cards.names():
        raise InputError(f"There is no {what} {name[:100]!r} on this server. Its owner can add one: askew models pull.")
    return name
