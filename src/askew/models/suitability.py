"""Suitability of a model for a task and for the language of texts, said in one line with one that suits both."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from askew.errors import InputError
from askew.models import cards
from askew.models.card import ANY, UNKNOWN, Card
from askew.models.choice import Limits, here, mismatch, recommended
from askew.models.scripts import unknown_language
from askew.text.display import percent
from askew.text.language import MINOR, language_name

T = TypeVar("T")

READ = 100
"""Texts whose language is identified."""
NOTED = 0.1
"""Share of texts in other languages from which it is said."""
NAMED = 3
"""Maximum number of languages that are named."""


def sampled(items: Sequence[T]) -> Sequence[T]:
    """Return READ items or a few more, evenly from the beginning to the end."""
    return items[:: max(len(items) // READ, 1)]


def doubt(
    texts: Sequence[str], model: str, task: str, command: Callable[[str], str], chosen: bool = True, purpose: str = ""
) -> str:
    """Return one line on why a model does not suit these texts or this task, with one that does, "" if it suits them.

    What a card does not tell, and a model without a card, says nothing. command: returns the command that uses the
    model of a name. chosen: by the user; a task's own model is not doubted for the kind of its training. purpose: the
    task that the other model has to suit, if not this one.
    """
    if model not in cards.names():
        return ""
    card = cards.get(model)
    foreign = foreign_languages(texts, card)
    unfit = _unfit(card, task) if chosen else ""
    reasons = [reason for reason in (_untaught(foreign), unfit.partition("; ")[0] if foreign else unfit) if reason]
    if not reasons:
        return ""
    codes = tuple(foreign) or tuple(code for code in ("en",) if code in card.languages)
    return f"{card.name} was {', and was '.join(reasons)}. {_better(purpose or task, codes, card, command)}".rstrip()


def foreign_languages(texts: Sequence[str], card: Card) -> dict[str, float]:
    """Return the languages that the model was not taught, with their shares of the texts, most frequent first and
    without minor ones; none if all of them together are few.
    """
    if ANY in card.languages or UNKNOWN in card.languages:
        return {}
    found = Counter(code for text in sampled(texts) if (code := unknown_language(text, card.languages)))
    count = len(sampled(texts))
    if found.total() < NOTED * count:
        return {}
    least = min(MINOR * count, max(found.values(), default=0))
    return {code: number / count for code, number in found.most_common(NAMED) if number >= least}


def _unfit(card: Card, task: str) -> str:
    """Return why a model does not suit a task, "" if it does or if its card does not tell."""
    if kind := mismatch(card, task):
        return kind
    return f"made for {', '.join(card.tasks)}, not for {task}" if card.tasks and task not in card.tasks else ""


def _untaught(foreign: dict[str, float]) -> str:
    if not foreign:
        return ""
    *most, last = map(language_name, foreign)
    names = f"{', '.join(most)} or {last}" if most else last
    language = "languages" if most else "language"
    share = sum(foreign.values())
    part = f"about {percent(share)} of the texts" if round(share, 2) < 1 else "the texts"
    return f"not taught {names}, the {language} of {part}"


def _better(task: str, codes: tuple[str, ...], card: Card, command: Callable[[str], str]) -> str:
    """Return a sentence that names a model for the task and the languages, and how to use it; "" if there is none."""
    try:
        choice = recommended(task, Limits(languages=codes))
    except InputError:  # none knows all of these languages
        return ""
    if choice.card.name == card.name:
        return ""
    steps = [] if here(choice.card) else [f"askew models pull {choice.card.name}"]
    return f"{choice.card.name} suits better: {', then '.join([*steps, command(choice.card.name)])}"
