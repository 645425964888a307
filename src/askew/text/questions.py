"""Question detection: by the question mark, or by the words with which a language asks."""

import re
from collections.abc import Sequence

from askew.text.language import word_lists
from askew.text.sentences import sentences
from askew.text.words import words

MARKS = "?？؟՞⸮፧\u037e"
"""Question marks."""
STOPS = ".!。！।۔…:"
"""Marks at the end of a sentence that is no question."""
CLOSERS = "\"'”’»›)]}*_`」』）】》〉 \t\n"
"""What may follow the last mark of a sentence."""
GREEK = re.compile(r"[\u0370-\u03ff]")
SUBSTRINGS = frozenset({"zh", "ja", "ko", "th"})
"""Languages whose question words are searched for as strings, since spaces do not separate words."""
EDGE = 16
"""Characters from either end of a sentence in which such a string counts."""
NEAR_EDGE = 3
"""Words from either end in which a question word counts in the other languages."""


def is_question(text: str, languages: Sequence[str]) -> bool:
    """Return whether a text asks: its last sentence does, or at least half of them do.

    A question with its answer therefore does not, nor does an article with a question in it.
    languages: codes of the languages that the text may be in.
    """
    found = [asks(text[start:end], languages) for start, end in sentences(text)]
    return bool(found) and (found[-1] or sum(found) * 2 >= len(found))


def is_question_with_answer(text: str, languages: Sequence[str]) -> bool:
    """Return whether the first sentence asks and at least two that do not ask follow."""
    first, *rest = [text[start:end] for start, end in sentences(text)] or [""]
    return len(rest) > 1 and asks(first, languages) and not any(asks(sentence, languages) for sentence in rest)


def asks(sentence: str, languages: Sequence[str]) -> bool:
    """Return whether one sentence is a question; one that ends in a full stop is not."""
    bare = sentence.rstrip(CLOSERS)
    if not bare:
        return False
    if bare[-1] in MARKS or (bare[-1] == ";" and GREEK.search(bare)):
        return True
    return bare[-1] not in STOPS and any(_asks_by_words(bare, code) for code in languages)


def _asks_by_words(sentence: str, code: str) -> bool:
    lists = word_lists().get(code)
    forms = words(sentence)
    if lists is None or not forms:
        return False
    if forms[0] in lists.asks:
        return True
    if code in SUBSTRINGS:
        ends = sentence[:EDGE] + "\n" + sentence[-EDGE:]
        return any(string in ends for string in lists.within)
    return any(form in lists.within for form in (*forms[:NEAR_EDGE], *forms[-NEAR_EDGE:]))
