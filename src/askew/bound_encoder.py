"""An encoder bound to a contract: loaded when needed, verified at every use."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from askew import validation
from askew.contract import Contract
from askew.encoders import Encoded, Encoder
from askew.encoders.loading import load, load_reranker
from askew.encoders.signature import Signature
from askew.errors import InputError, ModelError, UnknownNameError
from askew.models import cards
from askew.similarity import prepare
from askew.tasks import get
from askew.types import FloatMatrix, Role, SparseRows

if TYPE_CHECKING:
    from askew.encoders.sparse.encoder import SparseEncoder
    from askew.encoders.sparse.token_weights import SparseEncoded
    from askew.models.card import Card
    from askew.search.rerank import Reranker


class BoundEncoder:
    """The encoder of an index. encoder: use this instance instead of loading the model of the contract's card."""

    def __init__(self, contract: Contract, encoder: Encoder | None = None) -> None:
        self.contract = contract
        self._encoder = encoder
        self._verified: Signature | None = None
        self._sparse: SparseEncoder | None = None
        self._rerankers: dict[str, Reranker] = {}

    @cached_property
    def query_role(self) -> Role:
        return get(self.contract.task).query_role

    def verify(self, act: str) -> None:
        """Compare the encoder, or the one that this installation would load, with the sealed one.

        act: what `ContractError` says is not possible. Own vectors come without an encoder and pass.
        """
        if self._encoder is not None:
            self.contract.check(self._encoder.signature, act)
        elif self.contract.has_model:
            from askew.encoders.loading import signature

            self.contract.check(signature(self.card, self.contract.task, self.contract.encoder.precision), act)

    def encoder(self, act: str) -> Encoder:
        """Return the encoder, verified; see `verify`. Raises `InputError` if the index has no model."""
        encoder = self._encoder
        if encoder is not None and encoder.signature is self._verified:
            return encoder  # signatures are immutable: the same one needs no second comparison
        self.verify(act)
        if encoder is None:
            encoder = self._encoder = self._load()
        self._verified = encoder.signature
        return encoder

    def encode(self, role: Role, act: str, texts: Sequence[str]) -> FloatMatrix:
        """Return vectors (n, dim) whose inner product is the score."""
        return self.encoded(role, act, texts).vectors

    def encoded(self, role: Role, act: str, texts: Sequence[str]) -> Encoded:
        """Return such vectors with the number of tokens, and of those that the model saw."""
        encoder = self.encoder(act)
        made = encoder.encode(texts, role)
        return made if encoder.signature.normalised else replace(made, vectors=self.prepared(made.vectors))

    def encode_queries(self, texts: Sequence[str], act: str) -> FloatMatrix:
        return self.encode(self.query_role, act, texts)

    def encode_documents(self, texts: Sequence[str]) -> FloatMatrix:
        return self.encode(Role.DOCUMENT, "searching", texts)

    def sparse(self, act: str) -> "SparseEncoder":
        """Return the learned sparse encoder, verified. Raises `InputError` if the index has none."""
        from askew.encoders.sparse.encoder import load

        sealed = self.contract.sparse
        if self._sparse is None and sealed is not None:
            self._sparse = load(cards.get(sealed.model), self.contract.task)
        self.contract.check_sparse(self._sparse.signature if self._sparse else self.contract.encoder, act)
        assert self._sparse is not None  # noqa: S101  # check_sparse has raised otherwise
        return self._sparse

    def encoded_sparse(self, texts: Sequence[str], act: str) -> "SparseEncoded":
        """Return the sparse vectors of queries."""
        return self.sparse(act).encode(texts, self.query_role)

    def encoded_for(self, texts: Sequence[str], mode: str) -> tuple[FloatMatrix | None, SparseRows | None]:
        """Return the vectors and the sparse vectors of queries, as far as this mode of search needs them."""
        vectors = self.encode_queries(texts, "searching") if mode in ("dense", "hybrid") else None
        wanted = mode == "sparse" or (mode == "hybrid" and self.contract.sparse is not None)
        return vectors, self.encoded_sparse(texts, "searching").rows if wanted else None

    def share(self, encoder: Encoder) -> None:
        """Use this encoder, which another index has loaded, instead of loading it again; verified like any other."""
        self._encoder = encoder

    def prepared(self, vectors: FloatMatrix) -> FloatMatrix:
        """Return vectors as the store compares them: of unit length under cosine similarity."""
        return prepare(vectors, self.contract.encoder.similarity)

    def reranker(self, model: "str | Reranker") -> "Reranker":
        """Return a reranker by name. It is cached, because it learns how fast it is on this machine."""
        from askew.models import own
        from askew.search.rerank import Reranker

        if isinstance(model, Reranker):
            return model
        validation.string(model, "rerank")
        if model not in self._rerankers:
            card = own.resolve(model)
            self._rerankers[model] = Reranker(
                card.name, load_reranker(card), first_stage_weight=card.first_stage_weight
            )
        return self._rerankers[model]

    def _load(self) -> Encoder:

        if not self.contract.has_model:
            raise InputError(
                "This index holds your own vectors and has no model to encode text. Pass vectors, not text "
                "(lexical search takes text)."
            )
        return load(self.card, self.contract.task, self.contract.encoder.precision)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that the model was trained on; () if there is no model, or no card here that could be read."""
        try:
            return cards.get(self.contract.encoder.model).languages if self.contract.has_model else ()
        except (ModelError, UnknownNameError):
            return ()

    @cached_property
    def card(self) -> "Card":

        from askew.models import matryoshka

        card = matryoshka.sealed(self.contract.encoder.model, self.contract.encoder.dim)
        return cards.with_prompts(card, self.contract.task, self.contract.overrides)
