"""Embedding without an index: texts to vectors, and the similarity of texts or vectors."""

import threading
import warnings
from typing import Any

import numpy as np

from askew import validation
from askew.encoders import Encoder
from askew.encoders.loading import PRECISIONS, load, signature
from askew.errors import InputError, TruncationWarning, public
from askew.inputs import queries_from, vectors_from
from askew.jobs.cluster import RayCluster, connected
from askew.jobs.encoding import ClusterEncoder
from askew.models import own
from askew.models.card import Card
from askew.progress import Report, reporter
from askew.similarity import prepare
from askew.tasks import get
from askew.types import FloatMatrix, Role

TASK = "paraphrase"
"""Task of texts that are compared with each other."""
LOADED = 2
"""Encoders kept in memory between calls."""

_encoders: dict[str, Encoder] = {}
_loading = threading.Lock()


@public
def encode(
    texts: object,
    *,
    task: str,
    role: Role | str | None = None,
    model: str | None = None,
    precision: str = "fp32",
    on: str | None = None,
    progress: bool | Report | None = None,
) -> FloatMatrix:
    """Return the vectors of texts, (n, dim) float32; of a single string, (1, dim).

    The prompt, pooling and normalisation follow from the task, the role and the model's card.

    texts: a list, generator, Series or array of strings, or one string.
    task: see `askew.tasks()`. role: `query` or `document`; only symmetric tasks, where both are the same, need none.
    model: a name, or the path of a card or folder; None is the task's own model. precision: `fp32` or `int8`.
    on: encode on a Ray cluster: `ray://HOST:PORT`, or `ray` for one of this machine.

    Warns with TruncationWarning if texts exceed the model's maximum length. Raises InputError for anything but texts,
    ModelError if the model's weights are missing.
    """
    report = reporter(progress)
    found, _ = queries_from(texts, "texts")
    side = _role(task, role)
    with connected(on) as cluster:
        return _encoded(found, task, side, _card(task, model), precision, report, cluster)


@public
def similarity(
    a: object,
    b: object = None,
    *,
    task: str = TASK,
    model: str | None = None,
    precision: str = "fp32",
    progress: bool | Report | None = None,
) -> FloatMatrix:
    """Return the similarity of every text or vector in `a` to every one in `b`, (len(a), len(b)) float32.

    a, b: texts, or vectors such as those that `encode` returns; b=None compares `a` with itself. For an asymmetric
    task, texts in `a` are queries and texts in `b` are documents.
    task, model, precision: as for `encode`. The model determines the measure: cosine or dot product.
    """
    report = reporter(progress)
    role, card = get(task).query_role, _card(task, model)
    validation.one_of(precision, "precision", PRECISIONS)

    def vectors(data: object, name: str, side: Role) -> FloatMatrix:
        items = _materialised(data, name)
        if not _is_text(items):
            return prepare(vectors_from(items, card.dim, name=name), card.similarity)
        found, _ = queries_from(items, name)
        return prepare(_encoded(found, task, side, card, precision, report), card.similarity)

    left = vectors(a, "a", Role.DOCUMENT if b is None else role)
    right = left if b is None else vectors(b, "b", Role.DOCUMENT)
    scores: FloatMatrix = left @ right.T
    return scores


def _encoded(
    texts: list[str],
    task: str,
    role: Role,
    card: Card,
    precision: str,
    report: Report,
    cluster: RayCluster | None = None,
) -> FloatMatrix:
    encoder = _loaded(task, card, precision)
    if cluster is not None:
        encoder = ClusterEncoder(cluster, encoder, card, task, precision)
    if not texts:
        return np.empty((0, encoder.signature.dim), np.float32)
    made = encoder.encode(texts, role, report)
    if cut := int((made.tokens > encoder.room(role)).sum()):
        warnings.warn(
            f"{cut} of {len(texts)} texts exceed the {encoder.room(role)} tokens that {card.name} reads, and were "
            "truncated. Split them first; an index does that by itself.",
            TruncationWarning,
            stacklevel=3,
        )
    return made.vectors


def _role(task: str, role: object) -> Role:
    chosen = get(task)
    if role is None:
        if chosen.query_role is Role.QUERY:
            raise InputError(
                f"The task {task} encodes queries and documents differently: pass role='query' or 'document'."
            )
        return Role.DOCUMENT
    return chosen.query_role if validation.role(role) is Role.QUERY else Role.DOCUMENT


def _card(task: str, model: str | None) -> Card:
    chosen = get(task)
    return own.resolve(chosen.model if model is None else validation.string(model, "model"))


def _materialised(data: object, name: str) -> Any:
    """Return the data as something that can be read twice."""
    if data is None:
        raise InputError(f"{name} must be texts or vectors, not None.")
    iterator = hasattr(data, "__next__")
    items: Any = data
    return list(items) if iterator else items


def _is_text(items: Any) -> bool:
    """Whether these are texts; vectors are arrays and tensors, or lists of them."""
    if isinstance(items, str):
        return True
    if getattr(items, "ndim", 1) != 1 or isinstance(items, dict | set | frozenset | bytes):
        return False
    return hasattr(items, "__len__") and hasattr(items, "__iter__") and any(isinstance(item, str) for item in items)


def _loaded(task: str, card: Card, precision: str) -> Encoder:
    """Return the encoder, kept for the next call: loading takes longer than encoding a few texts."""
    key = signature(card, task, validation.one_of(precision, "precision", PRECISIONS)).fingerprint
    with _loading:  # threads that ask for one model wait for one load
        if key not in _encoders:
            made = load(card, task, precision)
            while len(_encoders) >= LOADED:
                del _encoders[next(iter(_encoders))]
            _encoders[key] = made
        return _encoders[key]
