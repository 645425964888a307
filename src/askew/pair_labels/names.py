"""Named entities: words capitalised for another reason than grammar."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from askew.pair_labels.lexicon import Lexicon
from askew.pair_labels.words import Word, slipped

TITLED = 0.75
"""If more than this share of the longer words is capitalised, capitals are uninformative: a headline, a form."""
PEOPLES = frozenset(("", "s", "n", "an", "ian", "ans", "ians", "ese", "ish", "i", "ns", "er", "ern"))
"""Suffixes that turn a country into its people, in English and German."""
LONGER = 3  # letters; a headline leaves words up to this length uncapitalised
ROOT = 4  # letters that the name of a people shares with its country
ROOM, SURE = 6, 10  # letters from which one or two wrong ones are a typo


@dataclass(frozen=True)
class Name:
    """The words first..last (both included), and their forms. surely: the capital is not due to sentence position."""

    first: int
    last: int
    forms: tuple[str, ...]
    surely: bool = True


def names(words: Sequence[Word], taken: Collection[int], lexicon: Lexicon) -> tuple[Name, ...]:
    """Find the names. `taken`: words already recognised as something else, such as a month."""
    if not lexicon.bare_after and titled(words):
        return ()
    found: list[Name] = []
    place = 0
    while place < len(words):
        last = place
        if _starts(words, place, taken, lexicon):
            last = _end(words, place, taken, lexicon)
            forms = tuple(word.form.removesuffix("'s") for word in words[place : last + 1])
            found.append(Name(place, last, forms, not words[place].first or _owner(words[place])))
        place = last + 1
    return tuple(found)


def unmatched(a: Sequence[Name], b: Sequence[Name], words: Collection[str], lexicon: Lexicon) -> list[Name]:
    """Return names of `a` that are missing from the other text's names and forms; Obama matches Barack Obama."""
    sure = [name for name in a if name.surely]
    if not sure:
        return []
    known = {lexicon.aliases.get(word, word) for word in words} | {_alias(name, lexicon) for name in b}
    return [name for name in sure if not _met(name, b, known, lexicon)]


def _alias(name: Name, lexicon: Lexicon) -> str:
    joined = "".join(name.forms)
    return lexicon.aliases.get(joined, joined)


def _met(name: Name, others: Sequence[Name], words: Collection[str], lexicon: Lexicon) -> bool:
    if all(form in words for form in name.forms) or _alias(name, lexicon) in words:
        return True
    return any(_alike(name, other, lexicon) for other in others)


def _alike(a: Name, b: Name, lexicon: Lexicon) -> bool:
    """Match initials with their expansion, a country with its people, typos, and names with and without a first
    name.
    """
    if _initials(a, b) or _initials(b, a):
        return True
    left, right = (set(name.forms) - lexicon.never for name in (a, b))
    if left & right and not (left - right and right - left):
        return True
    return any(_one(x, y) for x in left - right for y in right - left)


def _one(a: str, b: str) -> bool:
    """Match DJ with DJs, Quora with Quora.com."""
    if a.removesuffix("s") == b.removesuffix("s") or a.partition(".")[0] == b.partition(".")[0]:
        return True
    return _people(a, b) or _people(b, a) or _slip(a, b)


def _initials(short: Name, long: Name) -> bool:
    return len(long.forms) > 1 and "".join(form[0] for form in long.forms) in short.forms


def _people(a: str, b: str) -> bool:
    shared = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= ROOT and len(a) - shared <= 1 and b[shared:] in PEOPLES


def _slip(a: str, b: str) -> bool:
    shorter = min(len(a), len(b))
    if shorter < ROOM:
        return shorter > LONGER and sorted(a) == sorted(b) and slipped(a, b, 1)  # Quora, Qoura
    return slipped(a, b, 1 if shorter < SURE else 2)


def titled(words: Sequence[Word]) -> bool:
    longer = [word for word in words if len(word.form) > LONGER and not word.digits and not word.first]
    return len(longer) > 2 and sum(word.capital for word in longer) > TITLED * len(longer)


def _starts(words: Sequence[Word], place: int, taken: Collection[int], lexicon: Lexicon) -> bool:
    word = words[place]
    if not word.capital or word.digits or place in taken or word.form in lexicon.never:
        return False
    if word.function or word.form in lexicon.negators:
        return False
    if lexicon.bare_after and not word.upper:
        return place > 0 and words[place - 1].form in lexicon.bare_after
    return True


def _end(words: Sequence[Word], place: int, taken: Collection[int], lexicon: Lexicon) -> int:
    last = place
    for after in range(place + 1, len(words)):
        word = words[after]
        if word.first or after in taken or word.digits:
            break
        if word.capital and not word.function:
            last = after
        elif word.form not in lexicon.inner:
            break
    return last


def _owner(word: Word) -> bool:
    """Return whether the word is a possessive: Amazon's."""
    return word.form.endswith("'s")
