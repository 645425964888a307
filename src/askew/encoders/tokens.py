"""Texts to token ids: what is cut is counted, and batches hold texts of one length, so nothing is padded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from askew.errors import InputError, ModelError

Ids = NDArray[np.int64]
PROBE = "a"


@dataclass(frozen=True)
class Tokenised:
    """ids: what the model is shown of each text, special tokens and prompt included. types: the same length each, which
    text of a pair a token belongs to; empty where there are no pairs. tokens, seen: (n,).
    """

    ids: Sequence[Ids]
    tokens: Ids
    seen: Ids
    types: Sequence[Ids] = ()


@dataclass(frozen=True)
class Template:
    """The special tokens that a model wants before, between and after its texts, one text or two; (2, n) each: ids in
    row 0, types in row 1. `kinds` are the types of the texts' own tokens.
    """

    specials: tuple[Ids, ...]
    kinds: tuple[int, ...]

    @property
    def size(self) -> int:
        return sum(part.shape[1] for part in self.specials)

    def fill(self, *texts: Ids) -> Ids:
        """(2, tokens): ids and types."""
        parts = [self.specials[0]]
        for text, kind, special in zip(texts, self.kinds, self.specials[1:], strict=True):
            parts += [np.stack([text, np.full_like(text, kind)]), special]
        return np.concatenate(parts, axis=1)


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
        self._single, self._pair = self._template(PROBE), self._template(PROBE, PROBE)
        self._before, self._after = (part[0] for part in self._single.specials)
        self._room = max_tokens - self._single.size
        self._pair_room = max_tokens - self._pair.size
        if self._pair_room < 1:
            raise ModelError(f"{max_tokens} tokens leave no room for a text beside the special ones of {file}.")

    def room(self, prompt: str = "", pairs: bool = False) -> int:
        """How many tokens of a text, or of a pair of texts, fit beside the special tokens and the prompt."""
        return (self._pair_room if pairs else self._room) - self._length(prompt)

    def tokenise(self, texts: Sequence[str], prompt: str = "") -> Tokenised:
        lead = self._lead(prompt)
        whole = self._encode([prompt + text for text in texts] if prompt else texts)
        lengths = np.fromiter((len(ids) for ids in whole), np.int64, len(whole))
        ids = [np.concatenate((self._before, part[: self._room], self._after)) for part in whole]
        return Tokenised(ids, *_counts(texts, lengths, np.minimum(lengths, self._room), lead))

    def titled(self, texts: Sequence[str], titles: Sequence[str], prompt: str = "") -> Tokenised:
        """Each text as the second of a pair whose first is its title; alone where the title is empty. The text is cut
        first, as transformers' `only_second` does.
        """
        lead = self._lead(prompt)
        firsts = self._encode([prompt + (title or text) for title, text in zip(titles, texts, strict=True)])
        seconds = self._encode([text if title else "" for title, text in zip(titles, texts, strict=True)])
        shown, lengths, seen = [], [], []
        for title, first, second in zip(titles, firsts, seconds, strict=True):
            head = first[: self._pair_room if title else self._room]
            tail = second[: self._pair_room - len(head)]
            shown.append(self._pair.fill(head, tail) if title else self._single.fill(head))
            lengths.append(len(first) + len(second))
            seen.append(len(head) + len(tail))
        joined = [title + text for title, text in zip(titles, texts, strict=True)]
        counts = _counts(joined, np.array(lengths, np.int64), np.array(seen, np.int64), lead)
        return Tokenised([both[0] for both in shown], *counts, [both[1] for both in shown])

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> Tokenised:
        """Both texts of each pair, the longer one cut first. A text that stands in many pairs is tokenised once."""
        unique = list(dict.fromkeys(text for pair in pairs for text in pair))
        parts = dict(zip(unique, self._encode(unique), strict=True))
        shown, lengths, seen = [], [], []
        for first, second in ((parts[a], parts[b]) for a, b in pairs):
            sizes = longest_first(len(first), len(second), self._pair_room)
            shown.append(self._pair.fill(first[: sizes[0]], second[: sizes[1]]))
            lengths.append(len(first) + len(second))
            seen.append(sum(sizes))
        counts = np.array(lengths, np.int64), np.array(seen, np.int64)
        return Tokenised([both[0] for both in shown], *counts, [both[1] for both in shown])

    def spans(self, texts: Sequence[str]) -> list[Ids]:
        """For each text where its tokens lie, (tokens, 2): start and end in characters."""
        encodings = self._tokenizer.encode_batch(_checked(texts), add_special_tokens=False)
        return [np.array(encoding.offsets, np.int64).reshape(-1, 2) for encoding in encodings]

    def _encode(self, texts: Sequence[str]) -> list[Ids]:
        encodings = self._tokenizer.encode_batch_fast(_checked(texts), add_special_tokens=False)
        return [np.array(encoding.ids, np.int64) for encoding in encodings]

    def _lead(self, prompt: str) -> int:
        """The prompt's length, if it leaves room for a text."""
        lead = self._length(prompt)
        if lead >= self._room:
            raise ModelError(f"The prompt has {lead} tokens and leaves no room: the model takes {self._room}.")
        return lead

    def _length(self, prompt: str) -> int:
        """In tokens, as it stands before a text: many tokenizers give its last space to the text."""
        if not prompt:
            return 0
        alone, prompted = self._encode([PROBE, prompt + PROBE])
        return len(prompted) - len(alone)

    def _template(self, *texts: str) -> Template:
        """As the tokenizer's own post-processor makes it, read off texts of few tokens."""
        found = self._tokenizer.encode_batch_fast([texts if len(texts) > 1 else texts[0]])[0]
        both, owners = np.array([found.ids, found.type_ids], np.int64), found.sequence_ids
        specials, kinds, start = [], [], 0
        for text in range(len(texts)):
            if text not in owners:
                raise ModelError(f"The tokenizer makes nothing of {PROBE!r}; it is not that of a language model.")
            first = owners.index(text)
            specials.append(both[:, start:first])
            kinds.append(int(both[1, first]))
            start = first + owners.count(text)
        return Template((*specials, both[:, start:]), tuple(kinds))


def longest_first(first: int, second: int, room: int) -> tuple[int, int]:
    """How many tokens of each text fit: the longer one is cut to what the shorter leaves, and both to half where that
    is not enough. As `tokenizers` does it: the odd token goes to the longer one, and to the second of equals.
    """
    if first + second <= room:
        return first, second
    shorter, half = min(first, second), room // 2
    if shorter > half:
        shorter = half
    longer = room - shorter
    return (longer, shorter) if first > second else (shorter, longer)


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


def _counts(texts: Sequence[str], lengths: Ids, seen: Ids, lead: int) -> tuple[Ids, Ids]:
    """Without the prompt; of an empty text nothing is counted, though its prompt may end in a token of its own."""
    empty = np.fromiter((not text for text in texts), np.bool_, len(texts))
    return np.where(empty, 0, np.maximum(lengths - lead, 0)), np.where(empty, 0, np.maximum(seen - lead, 0))


def _checked(texts: Sequence[str]) -> Sequence[str]:
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError as fault:
        raise InputError(f"A text holds a lone surrogate, which is no character: {fault}") from fault
    return texts
