"""Texts to token ids: what is cut is counted, and batches hold texts of one length, so nothing is padded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from askew.errors import InputError, ModelError

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Tokenised:
    """ids: what the model is shown of each text, special tokens and prompt included. tokens, seen: (n,)."""

    ids: Sequence[Ids]
    tokens: Ids
    seen: Ids


class Tokens:
    """A model's tokenizer together with the length that the model can take."""

    def __init__(self, file: Path, max_tokens: int) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as fault:  # the library raises bare Exception
            raise ModelError(f"The tokenizer {file} cannot be read: {fault}") from fault
        # Files come with the truncation and padding of their makers (128 for MiniLM); ours is explicit.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._before, self._after = self._specials()
        self._room = max_tokens - len(self._before) - len(self._after)

    def room(self, prompt: str) -> int:
        """How many tokens of a text fit beside the special tokens and the prompt."""
        return self._room - self._length(prompt)

    def tokenise(self, texts: Sequence[str], prompt: str = "") -> Tokenised:
        lead = self._length(prompt)
        if lead >= self._room:
            raise ModelError(f"The prompt has {lead} tokens and leaves no room: the model takes {self._room}.")
        encodings = self._encode([prompt + text for text in texts] if prompt else texts)
        whole = [np.array(encoding.ids, np.int64) for encoding in encodings]
        lengths = np.fromiter((len(ids) for ids in whole), np.int64, len(whole))
        ids = [np.concatenate((self._before, part[: self._room], self._after)) for part in whole]
        seen = np.minimum(lengths, self._room)
        return Tokenised(ids, np.maximum(lengths - lead, 0), np.maximum(seen - lead, 0))

    def spans(self, texts: Sequence[str]) -> list[Ids]:
        """For each text where its tokens lie, (tokens, 2): start and end in characters."""
        encodings = self._tokenizer.encode_batch(_checked(texts), add_special_tokens=False)
        return [np.array(encoding.offsets, np.int64).reshape(-1, 2) for encoding in encodings]

    def _encode(self, texts: Sequence[str]) -> list:  # type: ignore[type-arg]  # of tokenizers.Encoding
        return self._tokenizer.encode_batch_fast(_checked(texts), add_special_tokens=False)

    def _length(self, prompt: str) -> int:
        return len(self._encode([prompt])[0].ids) if prompt else 0

    def _specials(self) -> tuple[Ids, Ids]:
        """The ids that the model's template puts before and after a text, read off a short one."""
        bare = self._tokenizer.encode("a", add_special_tokens=False).ids
        full = self._tokenizer.encode("a", add_special_tokens=True).ids
        start = next(i for i in range(len(full)) if full[i : i + len(bare)] == bare)
        return np.array(full[:start], np.int64), np.array(full[start + len(bare) :], np.int64)


def batches(lengths: Ids, budget: int) -> Iterator[Ids]:
    """Positions of texts to be encoded together: all of one length, about `budget` tokens, longest first.

    Equal lengths need no padding and no mask, so a vector cannot depend on its batch, and attention runs
    without one. Longest first leaves only short work for the moment when a core runs dry.
    """
    order = np.argsort(-lengths, kind="stable")
    borders = np.flatnonzero(np.diff(lengths[order])) + 1
    for group in np.split(order, borders):
        if len(group):
            rows = max(1, budget // max(1, int(lengths[group[0]])))
            yield from (group[i : i + rows] for i in range(0, len(group), rows))


def _checked(texts: Sequence[str]) -> Sequence[str]:
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError as fault:
        raise InputError(f"A text holds a lone surrogate, which is no character: {fault}") from fault
    return texts
