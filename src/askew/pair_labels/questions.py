"""Question type: what a question asks for, such as when, where, why or how much."""

from collections.abc import Sequence
from dataclasses import dataclass

from askew.pair_labels.lexicon import Lexicon
from askew.pair_labels.words import Word


@dataclass(frozen=True)
class Asked:
    """A question type with the words that express it.

    what: the question type, "" for none. The words first..last (both included) express it.
    """

    what: str = ""
    first: int = 0
    last: int = 0


def asked(words: Sequence[Word], lexicon: Lexicon) -> Asked:
    """Determine the question type from the first sentence that begins with a question word."""
    forms = [_plain(word.form) for word in words]
    for start, word in enumerate(words):
        if not word.first:
            continue
        for place in range(start, len(forms)):
            for opening, what in lexicon.questions.get(forms[place], ()):
                if tuple(forms[place : place + len(opening)]) == opening:
                    return Asked(what, place, place + len(opening) - 1)
            if forms[place] not in lexicon.lead:
                break
    return Asked()


def _plain(form: str) -> str:
    """Strip the contraction: how's, where'd."""
    return form.partition("'")[0] if form.endswith(("'d", "'ll", "'re")) else form
