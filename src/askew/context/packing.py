"""As many of the best pieces as fit into a budget, the last one cut at the end of a sentence."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from askew.context import Context, LeftOut
from askew.context.counting import Counter
from askew.context.layout import citations, text_of
from askew.context.pieces import Piece, arranged
from askew.documents.sentences import sentences


def packed(found: Sequence[Piece], budget: int, counter: Counter, repeated: int = 0) -> Context:
    """found: best first. The whole text is counted, never the sum of its parts: tokens may join across a border."""

    def fits(chosen: Sequence[Piece]) -> bool:
        return counter.count(text_of(arranged(chosen))) <= budget

    whole = _most(len(found), lambda count: fits(found[:count]))
    chosen = [*found[:whole], *_cut(found[:whole], found[whole], fits)] if whole < len(found) else list(found)
    laid = arranged(chosen)
    text = text_of(laid)
    left_out = LeftOut(len(found) - len(chosen), repeated)
    return Context(text, citations(laid), counter.count(text), budget, counter.name, left_out)


def _cut(chosen: Sequence[Piece], last: Piece, fits: Callable[[Sequence[Piece]], bool]) -> list[Piece]:
    """The piece up to the last sentence that fits; none where not one does."""
    ends = [end for _, end in sentences(last.document.text, last.start, last.end)]
    shorter = [replace(last, end=end, cut=True) for end in ends[:-1]]
    count = _most(len(shorter), lambda count: count == 0 or fits([*chosen, shorter[count - 1]]))
    return shorter[count - 1 : count] if count else []


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """The greatest count that fits, found by halving; 0 always does. A longer text that happens to have fewer tokens
    may be missed, but what is returned fits.
    """
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low
