"""Parsed text for the rules: words, content words, values, names, negations, question type."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from askew.pair_labels.lexicon import LANGUAGES, Lexicon, leanings, lexicon
from askew.pair_labels.names import Name, names
from askew.pair_labels.values import Value, values
from askew.pair_labels.words import Word, words
from askew.text.language import language as detected
from askew.text.words import words as plain_words
from askew.types import Span

REACH = 6  # words from a negation to the word it negates
READ = 400  # characters that tell the language
SURE = 4  # words of one language's lists in two texts
KEPT = 4096
"""Cache size: a text is in as many pairs as it has neighbours."""


@dataclass(frozen=True)
class QuestionType:
    """A question type with the words that express it.

    what: the question type, "" for none. The words first..last (both included) express it.
    """

    what: str = ""
    first: int = 0
    last: int = 0


def asked(words: Sequence[Word], lexicon: Lexicon) -> QuestionType:
    """Determine the question type from the first sentence that begins with a question word."""
    forms = [_plain(word.form) for word in words]
    for start, word in enumerate(words):
        if not word.first:
            continue
        for place in range(start, len(forms)):
            for opening, what in lexicon.questions.get(forms[place], ()):
                if tuple(forms[place : place + len(opening)]) == opening:
                    return QuestionType(what, place, place + len(opening) - 1)
            if forms[place] not in lexicon.lead:
                break
    return QuestionType()


def _plain(form: str) -> str:
    """Strip the contraction: how's, where'd."""
    return form.partition("'")[0] if form.endswith(("'d", "'ll", "'re")) else form


@dataclass(frozen=True)
class Denial:
    """A negation.

    place: the negation word. head: the negated word, -1 if unknown. clause: the content words after it, up to the end
    of the clause.
    """

    place: int
    head: int
    clause: tuple[int, ...] = ()


def denials(words: Sequence[Word], lexicon: Lexicon) -> tuple[Denial, ...]:
    """Find negations; double negation cancels out ("never fails to"), and so does "not … without"."""
    found = _unlifted(list(_denials(words, lexicon)), words, lexicon)
    count = {denial.head: sum(other.head == denial.head for other in found) for denial in found}
    return tuple(denial for denial in found if denial.head < 0 or count[denial.head] % 2)


def _unlifted(found: list[Denial], words: Sequence[Word], lexicon: Lexicon) -> list[Denial]:
    kept: list[Denial] = []
    for denial in found:
        lifts = words[denial.place].form in lexicon.lifting and kept
        if lifts and kept[-1].clause and kept[-1].clause[-1] >= denial.place:
            kept.pop()
        else:
            kept.append(denial)
    return kept


def _denials(words: Sequence[Word], lexicon: Lexicon) -> Iterator[Denial]:
    for place, word in enumerate(words):
        if word.form in lexicon.absences:
            yield Denial(place, _before(words, place, lexicon))
        elif word.form in lexicon.refusals:
            if _next(words, place) in ("to", "zu"):
                yield _ahead(words, place, lexicon)
        elif word.form in lexicon.nominal:
            if _denies(words, place, lexicon):
                clause = _clause(words, place, lexicon)
                yield Denial(place, _last(clause), clause)
        elif (word.denies or word.form in lexicon.negators) and _denies(words, place, lexicon):
            yield _ahead(words, place, lexicon)


def _ahead(words: Sequence[Word], place: int, lexicon: Lexicon) -> Denial:
    """Take the next content word as the negated one or, where the language puts the negation last, the one before."""
    clause = _clause(words, place, lexicon)
    if _turned(words, place, lexicon):
        return Denial(place, -1, clause)
    head = _head(clause, place)
    if head < 0 and words[place].form in lexicon.trailing:
        head = _before(words, place, lexicon)
    return Denial(place, head, clause)


def _denies(words: Sequence[Word], place: int, lexicon: Lexicon) -> bool:
    """Exclude negations that are polite or rhetorical (Can't I …?, … isn't it?, Is there no …?), emphatic (not
    only), alternatives (should/shouldn't) or contrasts (…, not the …).
    """
    form = words[place].form
    near = [word.form for word in words[max(place - 1, 0) : place + 2]]
    if any(pair in lexicon.emphases for pair in pairwise(near)):
        return False
    following = _next(words, place)
    if words[place].denies and (words[place].first or (following in lexicon.pronouns and place + 2 >= len(words))):
        return False
    if place > 1 and words[place - 1].form in lexicon.existence and words[place - 2].first:
        return False
    if place and words[place].denies and words[place - 1].form == words[place].base:
        return False
    return not (form in ("not", "nicht") and words[place].apart and following in lexicon.determiners)


def _next(words: Sequence[Word], place: int) -> str:
    return words[place + 1].form if place + 1 < len(words) else ""


def _turned(words: Sequence[Word], place: int, lexicon: Lexicon) -> bool:
    """Return whether the subject follows, as in "Why doesn't the lamp burn": the negated word comes after it."""
    if not words[place].denies or not place:
        return False
    asked = words[place - 1].form in lexicon.questions or words[place - 1].form in ("which", "what")
    return asked and place + 1 < len(words) and words[place + 1].form not in lexicon.pronouns


def _clause(words: Sequence[Word], place: int, lexicon: Lexicon) -> tuple[int, ...]:
    found = []
    for other in range(place + 1, len(words)):
        word = words[other]
        if word.first or word.apart or word.form in lexicon.borders or word.form in ("one", "ones", "that"):
            break
        if not word.function and not _skipped(word, lexicon):
            found.append(other)
    return tuple(found)


def _head(clause: Sequence[int], place: int) -> int:
    return clause[0] if clause and clause[0] <= place + REACH else -1


def _last(clause: Sequence[int]) -> int:
    """Return the last of a run of adjacent words: no hot water."""
    last = -1
    for place in clause:
        if last >= 0 and place != last + 1:
            break
        last = place
    return last


def _before(words: Sequence[Word], place: int, lexicon: Lexicon) -> int:
    for other in range(place - 1, max(place - 1 - REACH, -1), -1):
        word = words[other]
        if word.form in lexicon.borders:
            return -1
        if not word.function and not _skipped(word, lexicon):
            return other
        if word.first:
            return -1
    return -1


def _skipped(word: Word, lexicon: Lexicon) -> bool:
    held = (lexicon.negators, lexicon.nominal, lexicon.refusals, lexicon.absences, lexicon.fillers)
    return any(word.form in known for known in held)


@dataclass(frozen=True, eq=False)
class Reading:
    """All positions are word numbers; `span` converts them to text offsets."""

    text: str
    lexicon: Lexicon
    words: tuple[Word, ...]

    @cached_property
    def values(self) -> tuple[Value, ...]:
        return values(self.words, self.lexicon)

    @cached_property
    def valued(self) -> frozenset[int]:
        """Words that belong to a value that counts."""
        return frozenset(n for value in self.values if not value.soft for n in range(value.first, value.last + 1))

    @cached_property
    def names(self) -> tuple[Name, ...]:
        return names(self.words, self.valued, self.lexicon)

    @cached_property
    def denials(self) -> tuple[Denial, ...]:
        return denials(self.words, self.lexicon)

    @cached_property
    def asked(self) -> QuestionType:
        return asked(self.words, self.lexicon)

    @cached_property
    def forms(self) -> frozenset[str]:
        return frozenset(word.form.removesuffix("'s") for word in self.words)

    @cached_property
    def content(self) -> Mapping[str, int]:
        """Base forms of the content words with their first positions, without values and negations."""
        found: dict[str, int] = {}
        for place, word in enumerate(self.words):
            if self.carries(place):
                found.setdefault(word.base, place)
        return found

    @cached_property
    def plain(self) -> frozenset[str]:
        """Stems and base forms of all words."""
        return frozenset(word.base for word in self.words) | frozenset(word.plain for word in self.words)

    def carries(self, place: int) -> bool:
        word = self.words[place]
        return not (word.function or place in self.valued or word.form in self.lexicon.negators)

    def forms_of(self, first: int, end: int) -> tuple[str, ...]:
        return tuple(word.form for word in self.words[first:end])

    def span(self, first: int, last: int) -> Span:
        """Return the span of these words, both included."""
        return Span(self.words[first].start, self.words[last].end)


@lru_cache(maxsize=KEPT)
def reading(text: str, language: str) -> Reading:
    known = lexicon(language)
    return Reading(text, known, words(text, known))


def spoken(a: str, b: str) -> str:
    """Return whose word lists apply to the two texts: by their words, else by the model, else the first."""
    leaning = _leaning(a) + _leaning(b)
    if leaning:
        return LANGUAGES[leaning < 0]
    return next((code for code in map(detected, (a, b)) if code in LANGUAGES), LANGUAGES[0])


def surely_spoken(a: Reading, b: Reading) -> bool:
    """Return whether the texts are in the language of the lists that they were read with."""
    language = a.lexicon.language
    if abs(_leaning(a.text) + _leaning(b.text)) >= SURE:
        return True
    return detected(f"{a.text}\n{b.text}") in ("", language) or language in map(detected, (a.text, b.text))


@lru_cache(maxsize=KEPT)
def _leaning(text: str) -> int:
    known = leanings()
    return sum(known.get(word, 0) for word in plain_words(text[:READ]))


def overlap(a: Reading, b: Reading) -> float:
    """Return the share of common content words, relative to the text with fewer; 1 if it has none."""
    fewer = min(len(a.content), len(b.content))
    return len(a.content.keys() & b.content.keys()) / fewer if fewer else 1.0
