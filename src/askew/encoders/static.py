"""Static embeddings in numpy (model2vec's format): a text's vector is the mean of its tokens' vectors."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from askew.encoders import Encoded
from askew.encoders.signature import Signature
from askew.encoders.texts import checked, joined, once
from askew.encoders.tokens import opened, translate
from askew.errors import InputError, ModelError
from askew.models.card import LEFT
from askew.models.weight_headers import entries
from askew.progress import Progress, Report, silent
from askew.similarity import normalise
from askew.types import FloatMatrix, Role

TABLES = ("embeddings", "embedding.weight")  # the names used by model2vec and by sentence-transformers
TOKENIZER = "tokenizer.json"
WINDOW = 4096  # texts tokenised together
BLOCK = 1 << 15  # tokens whose vectors are held in memory at once
PROBE = "a"  # appended to measure a prompt: some tokenizers only merge its trailing space with a following text

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """Embedding table. vectors: (rows, dim) in the file's precision. rows, weights: row and weight of each token id."""

    vectors: NDArray[np.generic]
    rows: Ids
    weights: NDArray[np.float32]

    @property
    def tokens(self) -> int:
        """Return the number of token ids that have a row, and a weight if there are any."""
        return min(len(self.rows), len(self.weights) or len(self.rows))


class StaticEncoder:
    """Encoder that averages token vectors. As in model2vec, unknown tokens are left out of the mean, and a text of
    unknown tokens only gets zeros; with `unknown` in the signature they count, as in sentence-transformers. No special
    tokens are added.

    One difference from model2vec: to save tokenising, that library first cuts a text at `max_tokens` times the median
    token length in characters. Here the whole text is tokenised, because its tokens are counted, and truncated at
    exactly `max_tokens` tokens.
    """

    def __init__(self, signature: Signature, folder: Path) -> None:
        if signature.precision != "fp32":
            raise InputError(f"{signature.model} only supports the precision fp32, not {signature.precision}.")
        self.signature = signature
        self._folder = folder
        self._loaded: tuple[Tokenizer, int, Table] | None = None

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        unique, rows = once(checked(joined(texts, titles)))
        if unique:
            self._open()  # its table has the card's dim, or this fails before any allocation
        width = self.signature.width or self.signature.dim
        vectors = np.zeros((len(unique), width), np.float32)
        tokens, known = np.zeros(len(unique), np.int64), np.zeros(len(unique), np.int64)
        for start in range(0, len(unique), WINDOW):
            window = slice(start, start + WINDOW)
            tokens[window], known[window] = self._encode(unique[window], role, vectors[window])
            report(Progress("encode", min(window.stop, len(unique)), len(unique)))
        if self.signature.normalised or self.signature.modules:
            vectors = normalise(vectors)
        vectors = np.ascontiguousarray(vectors[:, : self.signature.dim])
        return Encoded(vectors[rows], tokens[rows], np.minimum(known, self.room(role))[rows])

    def spans(self, texts: Sequence[str]) -> list[Ids]:
        tokenizer = self._open()[0]
        try:
            encodings = tokenizer.encode_batch(checked(texts), add_special_tokens=False)
        except BaseException as error:
            translate(self._folder / TOKENIZER, error)
            raise
        return [np.array(encoding.offsets, np.int64).reshape(-1, 2) for encoding in encodings]

    def room(self, role: Role) -> int:
        prompted, bare = self._ids([self._prompt(role) + PROBE, PROBE])
        lead = len(prompted) - len(bare)
        if lead >= self.signature.max_tokens:
            raise ModelError(
                f"The prompt has {lead} tokens, and the model accepts {self.signature.max_tokens}: shorten it."
            )
        return self.signature.max_tokens - lead

    def _prompt(self, role: Role) -> str:
        return self.signature.prompts.get(role, "")

    def _encode(self, texts: Sequence[str], role: Role, out: FloatMatrix) -> tuple[Ids, Ids]:
        """Write the means into `out`. Return how many tokens each text has without the prompt, and how many of those
        in the model's reach it knows.
        """
        prompt = self._prompt(role)
        ids = self._ids([prompt + text for text in texts] if prompt else texts)
        lengths = np.fromiter((len(part) for part in ids), np.int64, len(ids))
        seen = [self._kept(part) for part in ids]
        _, unknown, table = self._open()
        for rows, flat, counts in _blocks(seen, -1 if self.signature.unknown else unknown):
            if (last := int(flat.max())) >= table.tokens:  # a vocabulary may leave out ids
                raise ModelError(f"The weights in {self._folder} do not cover the token {last}. Pull the model again.")
            summed = np.add.reduceat(_looked_up(table, flat), np.cumsum(counts) - counts, axis=0)
            out[rows] = summed / counts[:, None].astype(np.float32)
        lead = self.signature.max_tokens - self.room(role)
        strange = np.fromiter((part.count(unknown) for part in seen), np.int64, len(seen))
        known = np.minimum(lengths, self.signature.max_tokens) - strange
        blank = np.array([not text for text in texts], bool)
        return np.where(blank, 0, np.maximum(lengths - lead, 0)), np.where(blank, 0, np.maximum(known - lead, 0))

    def _kept(self, ids: list[int]) -> list[int]:
        most = self.signature.max_tokens
        return ids[max(len(ids) - most, 0) :] if self.signature.truncation_side == LEFT else ids[:most]

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        tokenizer = self._open()[0]
        try:
            encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        except BaseException as error:
            translate(self._folder / TOKENIZER, error)
            raise
        return [encoding.ids for encoding in encodings]

    def _open(self) -> tuple[Tokenizer, int, Table]:
        if self._loaded is None:
            tokenizer, unknown = _tokenizer(self._folder / TOKENIZER)
            table = _table(self._folder / "model.safetensors", tokenizer.get_vocab_size())
            if table.vectors.shape[1] != (self.signature.width or self.signature.dim):
                raise ModelError(
                    f"The vectors in {self._folder} have {table.vectors.shape[1]} dimensions, but the card of "
                    f"{self.signature.model} says dim = {self.signature.dim}: correct the card, or pull again."
                )
            self._loaded = tokenizer, unknown, table
        return self._loaded


def _blocks(ids: Sequence[Sequence[int]], unknown: int) -> Iterator[tuple[Ids, Ids, Ids]]:
    """Yield blocks of texts with known tokens: their positions, their tokens concatenated, and the token counts."""
    lengths = np.fromiter((len(part) for part in ids), np.int64, len(ids))
    flat = np.fromiter(chain.from_iterable(ids), np.int64, int(lengths.sum()))
    owner = np.repeat(np.arange(len(ids)), lengths)[flat != unknown]
    flat = flat[flat != unknown]
    counts = np.bincount(owner, minlength=len(ids))
    rows = np.flatnonzero(counts)
    ends = np.cumsum(counts[rows])
    start = 0
    while start < len(rows):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + BLOCK, side="right")))
        yield rows[start:stop], flat[before : ends[stop - 1]], counts[rows[start:stop]]
        start = stop


def _looked_up(table: Table, ids: Ids) -> FloatMatrix:
    vectors = table.vectors[table.rows[ids]].astype(np.float32, copy=False)
    return vectors * table.weights[ids, None] if len(table.weights) else vectors


def _tokenizer(file: Path) -> tuple[Tokenizer, int]:
    """Load the tokenizer without truncation and padding, and return the id of its unknown token, or -1."""
    tokenizer = opened(file)
    return tokenizer, unknown_token(tokenizer)


def unknown_token(tokenizer: Tokenizer) -> int:
    """Return the id of the token for what a tokenizer does not know, or -1."""
    model = json.loads(tokenizer.to_str())["model"]
    token = model.get("unk_token")
    # Unigram models name the unknown token by id, others by its text.
    unknown = model.get("unk_id") if token is None else tokenizer.token_to_id(token)
    return -1 if unknown is None else int(unknown)


def _table(file: Path, vocabulary: int) -> Table:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    held = entries(file)
    name = next((name for name in TABLES if name in held), "")
    if not name:
        raise ModelError(f"The weights {file} are not static embeddings: they have neither {' nor '.join(TABLES)}.")
    if len(held[name].shape) != 2 or any(len(held[n].shape) != 1 for n in ("mapping", "weights") if n in held):
        raise ModelError(f"The weights {file} are not static embeddings: a tensor has another shape than theirs.")
    try:
        tensors = load_file(file)
    except (OSError, ValueError, KeyError, TypeError, MemoryError, SafetensorError) as error:
        raise ModelError(f"Cannot read the weights {file}: {error}. Pull the model again.") from error
    if not all(np.isfinite(tensors[n]).all() for n in (name, "mapping", "weights") if n in tensors):
        raise ModelError(f"The weights {file} contain NaN or infinity; the file is corrupt. Pull the model again.")
    table = Table(
        vectors=tensors[name],
        rows=tensors.get("mapping", np.arange(len(tensors[name]))).astype(np.int64),
        weights=tensors.get("weights", np.empty(0)).astype(np.float32),
    )
    if table.tokens < max(vocabulary, 1):
        raise ModelError(f"The weights {file} cover {table.tokens} tokens, but the tokenizer has {vocabulary}.")
    if not 0 <= int(table.rows.min()) <= int(table.rows.max()) < len(table.vectors):
        raise ModelError(f"The weights {file} refer to rows that do not exist. Pull the model again.")
    return table
