"""Static query encoder by least squares: token vectors whose mean reproduces the vectors of a larger encoder.

The vector of a text is linear in the token vectors, so the best ones solve a linear least-squares problem. It is solved
by ridge regression towards the larger encoder's vectors of the single tokens (model2vec's initialisation),
with conjugate gradients on the normal equations (Hestenes and Stiefel 1952, doi 10.6028/jres.049.044), all dimensions
at once. Tokens that the texts do not have keep their initial vectors.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from askew import files
from askew.encoders import Encoder
from askew.encoders.cache import CachedEncoder
from askew.encoders.loading import load
from askew.encoders.static import TOKENIZER, unknown_token
from askew.encoders.tokens import lower, opened
from askew.environment import require
from askew.errors import InputError
from askew.models import own, pull
from askew.models.card import Card
from askew.progress import Progress, Report, silent
from askew.similarity import Similarity, normalise, prepare
from askew.types import FloatMatrix, Role

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TASK = "question-answering"
"""Task in whose prompt the larger encoder encodes queries."""
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Ridge penalties that are tried. A token of a text of ten tokens adds 0.01 to what the penalty is weighed against."""
HELD_OUT = 10
"""One text in so many is held out, to choose the penalty."""
LEAST = 20
"""Minimum number of distinct texts."""
STEPS = 200
"""Maximum number of steps of the conjugate gradients."""
TOLERANCE = 1e-4
"""Residual, relative to the right-hand side, at which they stop."""
BATCH = 1024
STATIC = "sentence_transformers.models.StaticEmbedding"
MODULES = (("", STATIC), ("1_Normalize", "sentence_transformers.models.Normalize"))
"""Modules of a fitted encoder; one whose similarity is the dot product has the first only."""
CONTINUED = "##"
"""Prefix of a word piece that does not begin a word."""


@dataclass(frozen=True)
class FittedQueries:
    """A static query encoder in a folder. texts: distinct texts that it was fitted to. penalty: of the ridge.
    held_out: mean cosine with the larger encoder's vectors, of texts that were held out; initial: before the fit.
    """

    folder: Path
    texts: int
    penalty: float
    held_out: float
    initial: float


def fit_queries(
    folder: Path, documents: str, texts: Sequence[str], report: Report = silent, precision: str = "fp32"
) -> FittedQueries:
    """Fit a static query encoder for a document encoder, and write it into a new folder, as a model of its own.

    documents: name, folder or id of the model, which has to be here and have a `tokenizer.json`. texts: like the
    queries to come, at least some hundreds; if there are none, sentences of the documents. precision: in which the
    document encoder encodes them, fp32 or int8. What the embedding cache has of them is not encoded again.

    Raises InputError for a model without a tokenizer of its own or too few texts, and needs the extra `evaluation`.
    """
    require("scipy", "SciPy", "evaluation", "A fit by least squares")
    card = own.resolve(documents)
    distinct = list(dict.fromkeys(text for text in texts if text.strip()))
    if len(distinct) < LEAST:
        raise InputError(
            f"There are {len(distinct)} distinct texts; at least {LEAST} are needed, and hundreds advisable."
        )
    if folder.exists():
        raise InputError(f"{folder} already exists. Name a new folder.")
    tokenizer, encoder = _tokenizer(card), CachedEncoder(load(card, TASK, precision))
    prior = _single_tokens(encoder, tokenizer, report)
    targets = prepare(_encoded(encoder, distinct, report), card.similarity)
    ids = [found.ids for found in tokenizer.encode_batch_fast(distinct, add_special_tokens=False)]
    rows = mean_rows(ids, len(prior), unknown_token(tokenizer))
    chosen = np.arange(len(distinct)) % HELD_OUT == 0
    seen, held = (rows[~chosen], targets[~chosen]), (rows[chosen], targets[chosen])
    prior = _centred(prior, rows, targets)
    quality = {penalty: _cosine(held[0] @ ridge(*seen, prior, penalty), held[1]) for penalty in PENALTIES}
    penalty = max(quality, key=lambda each: quality[each])
    _write(folder, card, tokenizer, ridge(rows, targets, prior, penalty))
    return FittedQueries(folder, len(distinct), penalty, quality[penalty], _cosine(held[0] @ prior, held[1]))


def mean_rows(ids: Sequence[Sequence[int]], vocabulary: int, unknown: int = -1) -> Any:
    """Return the sparse matrix (texts, vocabulary) whose product with token vectors is the mean of each text's."""
    from scipy.sparse import csr_array

    known = [[token for token in text if token != unknown] for text in ids]
    lengths = np.array([len(text) for text in known], np.int64)
    columns = np.array([token for text in known for token in text], np.int64)
    shares = np.repeat(1 / np.maximum(lengths, 1), lengths).astype(np.float32)
    return csr_array((shares, columns, np.concatenate([[0], np.cumsum(lengths)])), shape=(len(ids), vocabulary))


def scale(found: FloatMatrix, targets: FloatMatrix) -> float:
    """Return the factor by which `found` is closest to the targets."""
    return float(np.vdot(found, targets) / max(np.vdot(found, found), np.finfo(np.float32).tiny))


def ridge(rows: Any, targets: FloatMatrix, prior: FloatMatrix, penalty: float) -> FloatMatrix:
    """Return the vectors (vocabulary, dim) that minimise |rows @ vectors - targets|² + penalty |vectors - prior|².

    rows: sparse, (n, vocabulary). targets: (n, dim).
    """
    right = rows.T @ (targets - rows @ prior)
    found = np.zeros_like(prior)
    residual, direction = right.copy(), right.copy()
    size = np.einsum("ij,ij->j", residual, residual)
    enough = TOLERANCE**2 * np.maximum(size, np.finfo(np.float32).tiny)
    for _ in range(STEPS):
        if (size <= enough).all():
            break
        image = rows.T @ (rows @ direction) + penalty * direction
        step = size / np.maximum(np.einsum("ij,ij->j", direction, image), np.finfo(np.float32).tiny)
        found += step * direction
        residual -= step * image
        size, before = np.einsum("ij,ij->j", residual, residual), size
        direction = residual + size / np.maximum(before, np.finfo(np.float32).tiny) * direction
    return np.asarray(prior + found, np.float32)


def _centred(single: FloatMatrix, rows: Any, targets: FloatMatrix) -> FloatMatrix:
    """Return the token vectors, scaled, and moved so that the mean of the texts' vectors is that of the targets.

    The vectors of a text's tokens are averaged, so that what is added to each of them is added to the text's vector.
    """
    middle, found = targets.mean(axis=0), rows @ single
    found -= found.mean(axis=0)
    moved = single * scale(found, targets - middle)
    return np.asarray(moved + middle - (rows @ moved).mean(axis=0), np.float32)


def _tokenizer(card: Card) -> "Tokenizer":
    part = next((part for part in (Role.QUERY, "both") if part in card.parts), "")
    file = pull.find(card, part) / card.root / TOKENIZER if part else Path(TOKENIZER)
    if not part or not file.is_file():
        raise InputError(f"{card.name} has no {TOKENIZER} on this machine, whose tokens could be given vectors.")
    tokenizer = opened(file)
    if card.lower_case:
        lower(tokenizer)
    return tokenizer


def _single_tokens(encoder: Encoder, tokenizer: "Tokenizer", report: Report) -> FloatMatrix:
    """Return the encoder's vector of every token alone, without what all have in common, and of unit length."""
    count = tokenizer.get_vocab_size()
    texts = [tokenizer.decode([token]).removeprefix(CONTINUED) or " " for token in range(count)]
    vectors = _encoded(encoder, texts, report)
    return normalise(vectors - vectors.mean(axis=0))


def _encoded(encoder: Encoder, texts: Sequence[str], report: Report) -> FloatMatrix:
    parts = []
    for start in range(0, len(texts), BATCH):
        parts.append(encoder.encode(texts[start : start + BATCH], Role.QUERY).vectors)
        report(Progress("encode", min(start + BATCH, len(texts)), len(texts)))
    return np.concatenate(parts)


def _cosine(found: NDArray[Any], targets: FloatMatrix) -> float:
    return float(np.einsum("ij,ij->i", normalise(found), normalise(targets)).mean())


def _write(folder: Path, card: Card, tokenizer: "Tokenizer", vectors: FloatMatrix) -> None:
    """Write the encoder as model2vec and sentence-transformers lay it out, and what is known from the larger one."""
    from safetensors.numpy import save_file

    normal = card.similarity is Similarity.COSINE
    chain = MODULES if normal else MODULES[:1]
    licence, languages = json.dumps(card.licence), json.dumps(list(card.languages))
    told = f"licence = {licence}\ncommercial = {str(card.commercial).lower()}\nlanguages = {languages}\n"
    with files.staging(folder) as made:
        tokenizer.save(str(made / TOKENIZER))
        save_file({"embeddings": np.ascontiguousarray(vectors)}, made / "model.safetensors")
        (made / "config.json").write_text(json.dumps({"model_type": "model2vec", "normalize": normal}), "utf-8")
        modules = [{"idx": n, "name": str(n), "path": path, "type": kind} for n, (path, kind) in enumerate(chain)]
        (made / "modules.json").write_text(json.dumps(modules), "utf-8")
        settings = {"similarity_fn_name": str(card.similarity)}
        (made / "config_sentence_transformers.json").write_text(json.dumps(settings), "utf-8")
        (made / "card.toml").write_text(told, "utf-8")
