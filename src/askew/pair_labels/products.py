"""Names and models that differ by a letter or a suffix: Maria and Mario, Nova 5 and Nova 5 Mini, size M and size L."""

import re
from collections.abc import Iterator, Sequence

from askew.pair_labels.alignment import Alignment, Hole, close
from askew.pair_labels.contradictions import Conflict, Conflicts, quoted
from askew.pair_labels.names import titled
from askew.pair_labels.reading import Reading
from askew.pair_labels.verdict import Kind
from askew.pair_labels.words import Word

VARIANTS = frozenset(
    """
    pro max mini plus ultra lite light air se xl xs xxl s fe neo evo gt premium deluxe classic basic standard starter
    enterprise home sport turbo nano micro slim edition ii iii iv v x
    """.split()  # noqa: SIM905
)
"""Words after a model that make another of it, in any language."""
LONGEST = 2  # words of a suffix
SIZES = frozenset({"xs", "xl", "xxl", "xxs"})
LEAST = 3  # letters of a name
ABBREVIATION = 4  # letters at most
ROMAN = re.compile(r"[IVX]{1,4}")


def renamed(a: Reading, b: Reading, aligned: Alignment) -> Conflicts:
    """Return a conflict for each name, model or size in whose place is one that differs by a letter or a suffix."""
    if not aligned.holes or not close(a, b, aligned):
        return ()
    return tuple(conflict for hole in aligned.holes for conflict in _in_gap(a, b, hole))


def _in_gap(a: Reading, b: Reading, hole: Hole) -> Iterator[Conflict]:
    left, right = range(hole.a1, hole.a2), range(hole.b1, hole.b2)
    if len(left) == len(right):
        for x, y in zip(left, right, strict=True):
            if _namesakes(a, b, x, y):
                yield _conflict(a, b, (x, x), (y, y), "name")
                return
    if max(len(left), len(right)) <= LONGEST and hole.a1 and hole.b1 and _models(a, b, hole):
        yield _conflict(a, b, (hole.a1 - 1, hole.a2 - 1), (hole.b1 - 1, hole.b2 - 1), "model")


def _namesakes(a: Reading, b: Reading, x: int, y: int) -> bool:
    one, other = a.words[x], b.words[y]
    if one.form == other.form or one.digits or other.digits or x in a.valued or y in b.valued:
        return False
    if x and y and ROMAN.fullmatch(_written(a, x)) and ROMAN.fullmatch(_written(b, y)):
        return True
    if _abbreviates(one) and _abbreviates(other):
        return a.lexicon.aliases.get(one.form, one.form) != a.lexicon.aliases.get(other.form, other.form)
    if _sized(a, x) and _sized(b, y):
        return True
    if not (_named(one) and _named(other)) or min(len(one.form), len(other.form)) < LEAST:
        return False
    if _titled(a, x) and _titled(b, y):
        return True
    full = _full(a, x) and _full(b, y)
    proper = full if a.lexicon.bare_after else not (one.first or other.first or titled(a.words) or titled(b.words))
    return proper and (full or one.form[0] == other.form[0]) and _one_letter(one.form, other.form)


def _written(a: Reading, place: int) -> str:
    return a.text[a.words[place].start : a.words[place].end]


def _abbreviates(word: Word) -> bool:
    """Return whether the word is an abbreviation: UTC, CET, AA, XL."""
    return word.upper and word.form.isalpha() and len(word.form) <= ABBREVIATION and not word.function


def _sized(a: Reading, place: int) -> bool:
    written = _written(a, place)
    size = len(written) == 1 or written.casefold() in SIZES
    return size and written.isupper() and place > 0 and not a.text.isupper() and not a.words[place].function


def _named(word: Word) -> bool:
    return word.capital and not word.function and not word.upper


def _titled(a: Reading, place: int) -> bool:
    return place > 0 and a.words[place - 1].form in a.lexicon.titles


def _full(a: Reading, place: int) -> bool:
    """Return whether the word stands beside another capitalised one within a sentence, as names do."""
    word = a.words[place]
    before = place > 0 and not word.first and not word.apart and _beside(a.words[place - 1])
    following = a.words[place + 1] if place + 1 < len(a.words) else word
    return before or (following is not word and not following.apart and not word.first and _beside(following))


def _beside(word: Word) -> bool:
    return _named(word) and not word.first and not word.digits


def _one_letter(x: str, y: str) -> bool:
    """Return whether one letter is exchanged; one too many or too few is rather a slip."""
    return len(x) == len(y) and sum(one != other for one, other in zip(x, y, strict=True)) == 1


def _models(a: Reading, b: Reading, hole: Hole) -> bool:
    """Return whether the words in the gap are suffixes of one model."""
    before, other = a.words[hole.a1 - 1], b.words[hole.b1 - 1]
    if before.form != other.form:
        return False
    if _measured(a, hole.a1 - 1) or not (_follow(a, hole.a1, hole.a2) and _follow(b, hole.b1, hole.b2)):
        return False
    suffixes = [*a.words[hole.a1 : hole.a2], *b.words[hole.b1 : hole.b2]]
    known = all(word.form in VARIANTS for word in suffixes)
    model = before.digits and (any(map(str.isalpha, before.form)) or _owned(a, hole.a1 - 1) or known)
    if model and not titled(a.words) and not titled(b.words):
        return all(word.form in VARIANTS or (word.capital and not word.function) for word in suffixes)
    letters = min(len(word.form) for word in suffixes)
    return known and (model or (letters > 1 and (before.form in VARIANTS or (before.capital and not before.function))))


def _measured(a: Reading, place: int) -> bool:
    """Return whether the word belongs to an amount: 1000 € are no model."""
    return any(value.unit and value.first <= place <= value.last for value in a.values)


def _follow(a: Reading, first: int, end: int) -> bool:
    """Return whether only spaces precede each of the words."""
    return all(a.text[a.words[n - 1].end : a.words[n].start].isspace() for n in range(first, end))


def _owned(a: Reading, place: int) -> bool:
    """Return whether a name precedes the number: Nova 5, not in 2016."""
    return place > 0 and _named(a.words[place - 1]) and not a.words[place].apart


def _conflict(a: Reading, b: Reading, x: Sequence[int], y: Sequence[int], rule: str) -> Conflict:
    left, right = a.span(*x), b.span(*y)
    reason = f"different {rule}: {quoted(a, left)} vs {quoted(b, right)}"
    return Conflict(Kind.OTHER_VALUES, rule, reason, (left,), (right,))
