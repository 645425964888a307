"""Context for a prompt: the best passages within a token budget, numbered for citation."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from askew.encoders import Encoder
from askew.errors import InputError
from askew.search.ranking import Ranked, SearchParams
from askew.search.search import rank_once
from askew.stores import Store
from askew.terminal import one_line
from askew.text.normalise import normalise
from askew.text.sentences import sentences
from askew.types import BETWEEN, Document, FloatMatrix, Passage, SparseRows, excerpt, page_of

MORE = "…"
"""Marks where a piece was cut."""
PART = " · "
QUOTES = '"""'
FENCES = re.compile(rf"(?={QUOTES}([0-9]*))")
SOURCE = re.compile(rf"^\[\d+\] .*\n(?P<fence>{QUOTES}\d*)\n(?P<text>[\s\S]*?)\n(?P=fence)$", re.MULTILINE)


@dataclass(frozen=True)
class Citation:
    """A numbered source of a context: `document.text[start:end]`, below the header row of the table that it continues.

    document: its id. page: from 1, or 0 if the document has no pages. score: of the best passage in the span.
    cut: whether the span was shortened to fit the budget.
    """

    number: int
    document: str
    title: str
    source: str
    page: int
    heading: str
    start: int
    end: int
    score: float
    cut: bool = False


@dataclass(frozen=True)
class LeftOut:
    """Number of passages found but left out of a context: over the budget, or repetitions."""

    budget: int = 0
    repeated: int = 0


@dataclass(frozen=True)
class Context:
    """Passages packed for a prompt. text: "" if nothing was found or nothing fits. tokens: its length with headers, as
    `tokenizer` counts it; at most `budget`. citations: in the order of the text, numbered from 1.
    """

    text: str
    citations: tuple[Citation, ...]
    tokens: int
    budget: int
    tokenizer: str
    left_out: LeftOut = field(default_factory=LeftOut)

    def as_json(self) -> Mapping[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Counter:
    """A token counter. count: returns the number of tokens of a text, without special ones. name: of the tokenizer."""

    name: str
    count: Callable[[str], int]


def encoder_counter(encoder: Encoder) -> Counter:
    """Return a counter with the tokenizer of the index's model. For a hosted model it is an estimate
    (`encoders/hosted/pieces.py`), because its tokenizer is not on this machine.
    """
    return Counter(encoder.signature.model, lambda text: len(encoder.spans([text])[0]))


def tokenizer_counter(path: str | Path) -> Counter:
    """Return a counter from the tokenizer.json of the model that will read the context."""
    from tokenizers import Tokenizer

    if not Path(path).is_file():
        raise InputError(f"There is no tokenizer {path}. Pass the tokenizer.json of the model that reads the context.")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as fault:  # the library raises bare Exception
        raise InputError(f"The tokenizer {path} cannot be read: {fault}. It must be a tokenizer.json.") from fault
    # Tokenizer files bring their own truncation and padding, which would falsify the counts.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Counter(str(path), lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids))


@dataclass(frozen=True)
class Piece:
    """A span of a document, document.text[start:end].

    cut: whether it ends before its passage does. full: the end before it was cut; 0 if it was not.
    """

    document: Document
    start: int
    end: int
    heading: str
    score: float
    cut: bool = False
    full: int = 0

    @property
    def text(self) -> str:
        return excerpt(self.document.text, self.start, self.end)


def pieces(store: Store, ranking: Sequence[Ranked]) -> list[Piece]:
    """Return every passage found, best first; each is followed by its neighbours, nearest first."""
    keys = [(entry, key) for entry in ranking for key in _outward(entry)]
    passages = store.passages([key for _, key in keys])
    documents = store.documents([entry.document for entry, _ in keys])
    return [
        Piece(document, _body(document.text, passage), passage.end, passage.heading, entry.score)
        for (entry, _), passage, document in zip(keys, passages, documents, strict=True)
    ]


def distinct(found: Iterable[Piece]) -> tuple[list[Piece], int]:
    """Return the pieces without repetitions, and the number of repetitions.

    Equal normal forms are a repetition. No score decides this: passages
    that differ in one number score 0.99, and the number is what they are read for.
    """
    seen: set[str] = set()
    kept, repeated = [], 0
    for piece in found:
        said = normalise(piece.text)
        if said in seen:
            repeated += 1
        else:
            seen.add(said)
            kept.append(piece)
    return kept, repeated


def arranged(chosen: Iterable[Piece]) -> list[Piece]:
    """Order pieces, given best first: documents by their best piece, pieces by position, adjacent ones joined."""
    groups: dict[str, list[Piece]] = {}
    for piece in chosen:
        groups.setdefault(piece.document.id, []).append(piece)
    return [piece for group in groups.values() for piece in _joined(sorted(group, key=lambda one: one.start))]


def _joined(group: Iterable[Piece]) -> Iterator[Piece]:
    held: Piece | None = None
    for piece in group:
        if held is not None and _meet(held, piece):
            end, full = max(held.end, piece.end), max(held.full, piece.full)
            cut = piece.cut if piece.end > held.end else held.cut or piece.cut
            cut = full > end if full else cut
            held = replace(held, end=end, cut=cut, full=full, score=max(held.score, piece.score))
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _meet(first: Piece, second: Piece) -> bool:
    """Return whether two pieces overlap or only white space is between them. Headings are not crossed."""
    gap = first.document.text[first.end : second.start]
    return not gap.strip() and first.heading == second.heading


def _outward(entry: Ranked) -> list[int]:
    return [entry.key, *sorted(entry.neighbours, key=lambda key: abs(key - entry.key))]


def _body(text: str, passage: Passage) -> int:
    """Return where the passage begins after the lines that repeat its heading."""
    said = {_bare(part) for part in passage.heading.split(BETWEEN)} if passage.heading else set()
    start = passage.start
    while text.startswith("#", start):
        end = text.find("\n", start, passage.end)
        if end < 0 or _bare(text[start:end]) not in said or not text[end : passage.end].strip():
            break
        start = end + len(text[end : passage.end]) - len(text[end : passage.end].lstrip())
    return start


def _bare(heading: str) -> str:
    return heading.strip().strip("#").strip()


def text_of(arranged: Sequence[Piece]) -> str:
    """Return all pieces, separated by blank lines: each below a header such as `[1] Title · Heading, page 3`, between
    two fences. No piece contains the fence, so none can end early and forge the header of another.
    """
    texts = [_source_text(piece) for piece in arranged]
    line = fence(texts)
    return "\n\n".join(
        f"{header(citation)}\n{line}\n{text}\n{line}" for citation, text in zip(citations(arranged), texts, strict=True)
    )


def fence(texts: Iterable[str]) -> str:
    """Return the shortest fence that is in none of the texts: triple quotes, or these and a number if need be."""
    taken = {found[1] for text in texts for found in FENCES.finditer(text)}
    if not taken:
        return QUOTES
    numbers = (str(number) for number in count(1))
    return QUOTES + next(number for number in numbers if not any(one.startswith(number) for one in taken))


def fenced(context: Context) -> list[str]:
    """Return the texts of the sources as they are in the context."""
    return [found["text"] for found in SOURCE.finditer(context.text)]


def citations(arranged: Sequence[Piece]) -> tuple[Citation, ...]:
    return tuple(_citation(number, piece) for number, piece in enumerate(arranged, start=1))


def header(citation: Citation) -> str:
    named = PART.join(filter(None, (_line(citation.title or citation.document), _line(under(citation)))))
    page = f", page {citation.page}" if citation.page else ""
    return f"[{citation.number}] {named}{page}"


def under(citation: Citation) -> str:
    """Return the heading without the title; "" if it is only the title."""
    title = " ".join(citation.title.split())
    return "" if citation.heading == title else citation.heading.removeprefix(title + BETWEEN)


def _source_text(piece: Piece) -> str:
    return f"{piece.text.rstrip()} {MORE}" if piece.cut else piece.text


def _citation(number: int, piece: Piece) -> Citation:
    document = piece.document
    return Citation(
        number=number,
        document=document.id,
        title=document.title,
        source=document.source,
        page=page_of(document.text, piece.start),
        heading=piece.heading,
        start=piece.start,
        end=piece.end,
        score=piece.score,
        cut=piece.cut,
    )


def _line(text: str) -> str:
    return one_line(" ".join(text.split()))


def packed(found: Sequence[Piece], budget: int, counter: Counter, repeated: int = 0) -> Context:
    """Pack as many pieces, given best first, as fit into `budget` tokens.

    The whole text is counted, not the sum of its parts, because tokens may join at the borders.
    """

    def fits(chosen: Sequence[Piece]) -> bool:
        return counter.count(text_of(arranged(chosen))) <= budget

    whole = _most(len(found), lambda count: fits(found[:count]))
    chosen = [*found[:whole], *_cut(found[:whole], found[whole], fits)] if whole < len(found) else list(found)
    laid = arranged(chosen)
    text = text_of(laid)
    left_out = LeftOut(len(found) - len(chosen), repeated)
    return Context(text, citations(laid), counter.count(text), budget, counter.name, left_out)


def _cut(chosen: Sequence[Piece], last: Piece, fits: Callable[[Sequence[Piece]], bool]) -> list[Piece]:
    """Return the piece up to the last sentence that fits; [] if none does."""
    ends = [end for _, end in sentences(last.document.text, last.start, last.end)]
    shorter = [replace(last, end=end, cut=True, full=last.end) for end in ends[:-1]]
    count = _most(len(shorter), lambda count: count == 0 or fits([*chosen, shorter[count - 1]]))
    return shorter[count - 1 : count] if count else []


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """Return the largest count that fits, by bisection; 0 always does. A longer text that happens to have fewer tokens
    may be missed, but the result fits.
    """
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def build_context(
    store: Store,
    query: str,
    vectors: FloatMatrix | None,
    terms: SparseRows | None,
    params: SearchParams,
    budget: int,
    counter: Counter,
) -> Context:
    """Rank, drop repetitions and pack. vectors (1, dim), terms: as far as the mode needs them."""
    kept, repeated = distinct(found_pieces(store, query, vectors, terms, params))
    return packed(kept, budget, counter, repeated)


def found_pieces(
    store: Store, query: str, vectors: FloatMatrix | None, terms: SparseRows | None, params: SearchParams
) -> list[Piece]:
    """Return every passage that a search finds, best first; see `pieces`."""
    with store.snapshot():
        [ranking] = rank_once(store, [query], vectors, params, terms)
        return pieces(store, ranking)


def check_tokens(budget: int) -> None:
    if budget < 1:
        raise InputError(f"The budget must be at least 1 token, not {budget}.")
