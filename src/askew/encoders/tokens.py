"""Tokenisation with truncation counts, and batches of equal length that need no padding.

Tokenizer files are read within bounds, and no error of the library leaves this module but as `ModelError`, its Rust
panics included. A forked child must not use the threads of its parent, which do not exist in it: the library notices
that itself unless TOKENIZERS_PARALLELISM is set, and then waits for them for ever.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from askew.errors import AskewError, InputError, ModelError
from askew.models.card import LEFT, RIGHT

Ids = NDArray[np.int64]
PROBE = "a"
LARGEST = 256 << 20
"""Bytes of a tokenizer file; the largest vocabularies take 40 MB."""
PER_TOKEN = 4
"""Characters of an unknown word that count as a token: of a text in Thai, an English tokenizer makes a single one."""
RARE = "𒈙ꙮ"
"""Two characters that hardly any vocabulary has: a tokenizer without its unknown token fails with them."""


@dataclass(frozen=True)
class Tokenised:
    """Tokenised texts. ids: model input of each text, with special tokens and prompt. types: token types, of the same
    lengths; empty unless the inputs are pairs. tokens, seen: (n,), counted as in `Encoded`. lead: tokens of the
    prompt alone, with the special tokens before it, which a pooling without the prompt leaves out. attended: tokens at
    the start that are attended to, 0 for all.
    """

    ids: Sequence[Ids]
    tokens: Ids
    seen: Ids
    types: Sequence[Ids] = ()
    lead: int = 0
    attended: int = 0


@dataclass(frozen=True)
class Template:
    """Special tokens before, between and after the texts of an input, as arrays (2, n) with ids in row 0 and token
    types in row 1. `kinds`: token type of each text.
    """

    specials: tuple[Ids, ...]
    kinds: tuple[int, ...]

    @property
    def size(self) -> int:
        return sum(part.shape[1] for part in self.specials)

    def fill(self, *texts: Ids) -> Ids:
        """Return ids and types (2, tokens)."""
        parts = [self.specials[0]]
        for text, kind, special in zip(texts, self.kinds, self.specials[1:], strict=True):
            parts += [np.stack([text, np.full_like(text, kind)]), special]
        return np.concatenate(parts, axis=1)


class Tokens:
    """Tokenizer of a model with its maximum length.

    truncation_side: where too long an input loses tokens. On the left it loses those of its prompt first, and they
    count as lost: what the model did not see is the same number of tokens on both sides.
    """

    def __init__(self, file: Path, max_tokens: int, lower_case: bool = False, truncation_side: str = RIGHT) -> None:
        self._left = truncation_side == LEFT
        self._file = file
        self._tokenizer = opened(file)
        if lower_case:
            lower(self._tokenizer)
        self._unknown = unknown_id(self._tokenizer)
        self._single, self._pair = self._template(PROBE), self._template(PROBE, PROBE)
        self._before, self._after = (part[0] for part in self._single.specials)
        self._room = max_tokens - self._single.size
        self._pair_room = max_tokens - self._pair.size
        if self._pair_room < 1:
            raise ModelError(f"max_tokens = {max_tokens} leaves no room for text after the special tokens of {file}.")

    def room(self, prompt: str = "", pairs: bool = False, longest: int = 0) -> int:
        """Return how many tokens are left for a text or a pair after the special tokens and the prompt.

        longest: as for `tokenise`, of a text.
        """
        single = self._room_of(longest) if longest else self._room
        return (self._pair_room if pairs else single) - self._length(prompt)

    def id(self, token: str) -> int:
        """Return the id of a token, -1 if the tokenizer has none of this name."""
        found = self._tokenizer.token_to_id(token)
        return -1 if found is None else int(found)

    @property
    def first(self) -> int:
        """Return how many special tokens come before a text."""
        return len(self._before)

    def tokenise(self, texts: Sequence[str], prompt: str = "", longest: int = 0) -> Tokenised:
        """Tokenise texts. longest: a maximum length below that of the model, 0 for the model's own."""
        room = self._room_of(longest) if longest else self._room
        lead = self._lead(prompt, room) if prompt else 0
        whole = self._encode([prompt + text for text in texts] if prompt else texts)
        within = slice(-room, None) if self._left else slice(room)
        ids = [np.concatenate((self._before, part[within], self._after)) for part in whole]
        lengths = np.fromiter((len(part) for part in whole), np.int64, len(whole))
        seen = np.minimum(lengths, room)
        for row, part in enumerate(whole):
            if (part == self._unknown).any():
                lengths[row] = pieces(self._encodings([prompt + texts[row]])[0], self._unknown).sum()
                seen[row] -= (part[within] == self._unknown).sum()
        before = len(self._before) + len(self._encode([prompt])[0]) if prompt else 0
        return Tokenised(ids, *_counts(texts, lengths, seen, lead), lead=before)

    def titled(self, texts: Sequence[str], titles: Sequence[str], prompt: str = "") -> Tokenised:
        """Tokenise each title and text as a pair; a text without a title alone. The text is truncated before its title,
        as with transformers' `only_second`.
        """
        lead = self._lead(prompt, self._room)
        firsts = self._encode([prompt + (title or text) for title, text in zip(titles, texts, strict=True)])
        seconds = self._encode([text if title else "" for title, text in zip(titles, texts, strict=True)])
        shown, lengths, seen = [], [], []
        for title, first, second in zip(titles, firsts, seconds, strict=True):
            head = self._kept(first, self._pair_room if title else self._room)
            tail = self._kept(second, self._pair_room - len(head))
            shown.append(self._pair.fill(head, tail) if title else self._single.fill(head))
            lengths.append(len(first) + len(second))
            seen.append(int((head != self._unknown).sum() + (tail != self._unknown).sum()))
        joined = [title + text for title, text in zip(titles, texts, strict=True)]
        counts = _counts(joined, np.array(lengths, np.int64), np.array(seen, np.int64), lead)
        return Tokenised([both[0] for both in shown], *counts, [both[1] for both in shown])

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> Tokenised:
        """Tokenise pairs, truncating the longer text first. A text that occurs in many pairs is tokenised once."""
        unique = list(dict.fromkeys(text for pair in pairs for text in pair))
        parts = dict(zip(unique, self._encode(unique), strict=True))
        shown, lengths, seen = [], [], []
        for first, second in ((parts[a], parts[b]) for a, b in pairs):
            sizes = longest_first(len(first), len(second), self._pair_room)
            shown.append(self._pair.fill(self._kept(first, sizes[0]), self._kept(second, sizes[1])))
            lengths.append(len(first) + len(second))
            seen.append(sum(sizes))
        counts = np.array(lengths, np.int64), np.array(seen, np.int64)
        return Tokenised([both[0] for both in shown], *counts, [both[1] for both in shown])

    def spans(self, texts: Sequence[str]) -> list[Ids]:
        """Return the token offsets of each text, (tokens, 2): start and end in characters. An unknown word is several,
        as many as it counts.
        """
        return [token_spans(encoding, self._unknown) for encoding in self._encodings(texts)]

    def decoded(self, ids: Sequence[int]) -> str:
        """Return the text of token ids, which must begin and end with the special tokens, as tokenizers add them.

        Raises InputError unless tokenising the text gives the same ids. Those of another tokenizer would silently mean
        other words, and it is the special tokens that tell a few of them apart.
        """
        size = self._tokenizer.get_vocab_size()
        if all(0 <= id < size for id in ids):
            try:
                text = self._tokenizer.decode(list(ids), skip_special_tokens=True)
            except BaseException as error:
                translate(self._file, error)
                raise
            [inner] = self._encode([text])
            if list(ids) == np.concatenate((self._before, inner, self._after)).tolist():
                return text
        raise InputError(
            "These token ids are not a text as this model's own tokenizer gives it, special tokens included. Send text "
            "(LangChain's OpenAIEmbeddings: check_embedding_ctx_length=False)."
        )

    def _encodings(self, texts: Sequence[str]) -> list[Encoding]:
        try:
            return self._tokenizer.encode_batch(_checked(texts), add_special_tokens=False)
        except BaseException as error:
            translate(self._file, error)
            raise

    def _encode(self, texts: Sequence[str]) -> list[Ids]:
        try:
            encodings = self._tokenizer.encode_batch_fast(_checked(texts), add_special_tokens=False)
        except BaseException as error:
            translate(self._file, error)
            raise
        return [np.array(encoding.ids, np.int64) for encoding in encodings]

    def _kept(self, ids: Ids, room: int) -> Ids:
        return ids[max(len(ids) - room, 0) :] if self._left else ids[:room]

    def _lead(self, prompt: str, room: int) -> int:
        """Return the prompt's length in tokens, or raise `ModelError` if it leaves no room for a text."""
        lead = self._length(prompt)
        if lead >= room:
            raise ModelError(f"The prompt has {lead} tokens, and the model accepts {room}: shorten it.")
        return lead

    def _room_of(self, longest: int) -> int:
        room = min(longest - self._single.size, self._room)
        if room < 1:
            raise ModelError(f"A maximum length of {longest} tokens leaves no room for text in {self._file}.")
        return room

    def _length(self, prompt: str) -> int:
        """Return the prompt's length before a text: many tokenizers merge its trailing space with the text."""
        if not prompt:
            return 0
        alone, prompted = self._encode([PROBE, prompt + PROBE])
        return len(prompted) - len(alone)

    def _template(self, *texts: str) -> Template:
        """Derive the template from what the tokenizer's post-processor does with short texts."""
        try:
            found = self._tokenizer.encode_batch_fast([texts if len(texts) > 1 else texts[0]])[0]
        except BaseException as error:
            translate(self._file, error)
            raise
        both, owners = np.array([found.ids, found.type_ids], np.int64), found.sequence_ids
        specials, kinds, start = [], [], 0
        for text in range(len(texts)):
            if text not in owners:
                raise ModelError(
                    f"The tokenizer returns no token for {PROBE!r}: it is not the tokenizer of a language model."
                )
            first = owners.index(text)
            specials.append(both[:, start:first])
            kinds.append(int(both[1, first]))
            start = first + owners.count(text)
        return Template((*specials, both[:, start:]), tuple(kinds))


def unknown_id(tokenizer: Tokenizer) -> int:
    """Return the id of the unknown token, -1 if every text has tokens."""
    made = tokenizer.encode(RARE, add_special_tokens=False)
    named = getattr(tokenizer.model, "unk_token", None) or "<unk>"  # Unigram names it by its id
    found = tokenizer.token_to_id(named)
    return -1 if found is None or found not in made.ids else int(found)


def pieces(encoding: Encoding, unknown: int) -> Ids:
    """Return how many tokens each token counts: an unknown word one for every `PER_TOKEN` characters."""
    ids, offsets = np.array(encoding.ids, np.int64), np.array(encoding.offsets, np.int64).reshape(-1, 2)
    lengths = offsets[:, 1] - offsets[:, 0]
    return np.where(ids == unknown, np.maximum(-(-lengths // PER_TOKEN), 1), 1)


def token_spans(encoding: Encoding, unknown: int) -> Ids:
    """Return the offsets of the tokens, (tokens, 2), with unknown words in pieces."""
    offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2)
    if unknown < 0 or unknown not in encoding.ids:
        return offsets
    counts = pieces(encoding, unknown)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.repeat(offsets[:, 0], counts) + PER_TOKEN * (np.arange(counts.sum()) - first)
    ends = np.repeat(offsets[:, 1], counts)
    last = np.repeat(counts == 1, counts)
    return np.stack([starts, np.where(last, ends, np.minimum(starts + PER_TOKEN, ends))], axis=1)


def opened(file: Path) -> Tokenizer:
    """Open a tokenizer without the truncation and the padding that its file brings.

    `ModelError` if it cannot be read, or could not tokenise every text.
    """
    try:
        size = file.stat().st_size
    except OSError as error:
        raise ModelError(f"Cannot read the tokenizer {file}: {error.strerror or error}.") from error
    if not file.is_file() or size > LARGEST:
        raise ModelError(f"{file} is no tokenizer: it is larger than {LARGEST >> 20} MB, or no regular file.")
    try:
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode(RARE, add_special_tokens=False)
    except BaseException as error:
        translate(file, error)
        raise
    return tokenizer


def lower(tokenizer: Tokenizer) -> None:
    """Lowercase texts before all else, as sentence-transformers' do_lower_case does."""
    from tokenizers import normalizers

    given = tokenizer.normalizer
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *([given] if given else [])])


def translate(file: Path, error: BaseException) -> None:
    """Raise a failure of the library as a `ModelError` that names the file; return for any other error."""
    panic = type(error).__name__ == "PanicException"  # of Rust, which is no Exception
    if panic or (isinstance(error, Exception) and not isinstance(error, AskewError | MemoryError)):
        raise ModelError(f"The tokenizer {file} fails: {error}. Pull the model again.") from error


def longest_first(first: int, second: int, room: int) -> tuple[int, int]:
    """Return how many tokens of each text fit: the longer is truncated to what the shorter leaves, and both to half if
    that is not enough. As in `tokenizers`, an odd token goes to the longer text, or to the second of equal ones.
    """
    if first + second <= room:
        return first, second
    shorter, half = min(first, second), room // 2
    if shorter > half:
        shorter = half
    longer = room - shorter
    return (longer, shorter) if first > second else (shorter, longer)


def batches(lengths: Ids, budget: int) -> Iterator[Ids]:
    """Yield the positions of texts to encode together: equal lengths, about `budget` tokens, longest first.

    Equal lengths need neither padding nor mask, so a vector cannot depend on its batch. Longest first leaves only
    short batches for the end, when cores run out of work.
    """
    order = np.argsort(-lengths, kind="stable")
    borders = np.flatnonzero(np.diff(lengths[order])) + 1
    for group in np.split(order, borders):
        if len(group):
            rows = max(1, budget // max(1, int(lengths[group[0]])))
            yield from (group[i : i + rows] for i in range(0, len(group), rows))


def shares(lengths: Ids, budget: int, least: int) -> Iterator[Ids]:
    """Yield the positions of texts to encode together as packed batches: of like lengths, about `budget` tokens, and
    about the same number in each, so that no core waits for another; longest first. least: how many batches to make at
    least, if there are as many texts.
    """
    order = np.argsort(-lengths, kind="stable")
    ends = np.cumsum(lengths[order])
    whole = int(ends[-1]) if len(ends) else 0
    count = max(-(-whole // budget), min(least, len(order)))
    middles = ends - lengths[order] / 2
    numbers = np.minimum(middles * count / max(whole, 1), count - 1).astype(np.int64)
    yield from (part for part in np.split(order, np.flatnonzero(np.diff(numbers)) + 1) if len(part))


def _counts(texts: Sequence[str], lengths: Ids, seen: Ids, lead: int) -> tuple[Ids, Ids]:
    """Count tokens without the prompt. An empty text counts as 0, even if its prompt then ends in an extra token."""
    empty = np.fromiter((not text for text in texts), np.bool_, len(texts))
    return np.where(empty, 0, np.maximum(lengths - lead, 0)), np.where(empty, 0, np.maximum(seen - lead, 0))


def _checked(texts: Sequence[str]) -> Sequence[str]:
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"A text contains a lone surrogate, which is not a valid character: {error}") from error
    return texts


def _leave_parents_threads() -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_leave_parents_threads)
