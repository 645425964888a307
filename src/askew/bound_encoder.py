"""An encoder bound to a contract: loaded when needed, verified at every use."""

from collections.abc import Sequence
from functools import cached_property, partial

from askew.contract import Contract
from askew.encoders import Encoder
from askew.encoders.loading import load, load_cross, signature
from askew.errors import InputError
from askew.models import cards, own
from askew.models.cards import Card
from askew.search.rerank import Reranker
from askew.search.search import RoleEncoders
from askew.similarity import prepare
from askew.tasks import get
from askew.types import FloatMatrix, Role


class BoundEncoder:
    """`encoder`: one in hand; else the one that the contract's card describes."""

    def __init__(self, contract: Contract, encoder: Encoder | None = None) -> None:
        self.contract = contract
        self._encoder = encoder
        self._rerankers: dict[str, Reranker] = {}

    def verify(self, act: str) -> None:
        """Compares the encoder in hand, or the one that this installation would load, with the sealed one."""
        sealed = self.contract.encoder
        if not self.contract.has_model:
            raise InputError("This index holds your own vectors and has no model: pass vectors instead of text.")
        if self._encoder is None:
            given = signature(self._card, self.contract.task, sealed.precision)
        else:
            given = self._encoder.signature
        self.contract.check(given, act)

    def encoder(self, act: str) -> Encoder:
        """The encoder, checked against the contract; `act` is named where it is refused."""
        self.verify(act)
        if self._encoder is None:
            self._encoder = load(self._card, self.contract.task, self.contract.encoder.precision)
        return self._encoder

    def encode(self, role: Role, act: str, texts: Sequence[str]) -> FloatMatrix:
        """Vectors that the store can compare, (n, dim)."""
        return prepare(self.encoder(act).encode(texts, role).vectors, self.contract.encoder.similarity)

    def sides(self, act: str) -> RoleEncoders:
        query = get(self.contract.task).query_role
        return RoleEncoders(partial(self.encode, query, act), partial(self.encode, Role.DOCUMENT, act))

    def reranker(self, model: str | Reranker) -> Reranker:
        """By name; kept, as it learns how fast it is here."""
        if isinstance(model, Reranker):
            return model
        if model not in self._rerankers:
            card = own.resolve(model)
            self._rerankers[model] = Reranker(card.name, load_cross(card))
        return self._rerankers[model]

    @cached_property
    def _card(self) -> Card:
        return cards.with_prompts(cards.get(self.contract.encoder.model), self.contract.task, self.contract.overrides)
