"""Names of columns: which are the same, and which are known to hold a text."""

import re
from collections.abc import Collection, Iterable

IDS = ("id", "_id")
TEXTS = (
    "text", "content", "body", "passage", "question", "answer", "sentence", "description", "message", "comment",
    "review", "abstract", "texte", "texto", "inhalt", "contenu", "contenido", "cuerpo", "frage", "pregunta", "antwort",
    "réponse", "respuesta", "satz", "phrase", "beschreibung", "descripción", "nachricht",
)  # fmt: skip
"""Known names of the text, in order; compared without case, spaces and underscores."""
QUESTIONS = ("question", "frage", "pregunta", "questions", "fragen")
ANSWERS = ("answer", "antwort", "réponse", "reponse", "respuesta", "answers", "antworten")
TITLES = ("title", "titel", "titre", "título")


def same(name: str) -> str:
    """Return a name without case, spaces and underscores, by which headings are compared."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


def matching(name: str, names: Collection[str]) -> str:
    """Return the name that is meant: the same, or one that differs in case, spaces and underscores only; else ""."""
    if name in names:
        return name
    bare = same(name)
    return next((one for one in names if same(one) == bare), "")


KNOWN = frozenset(map(same, TEXTS))


def is_known(name: str) -> bool:
    """Return whether a column of this name is known to hold the text."""
    return _bare(name) in KNOWN


USUAL = frozenset(map(same, (*IDS, *TEXTS, *TITLES)))


def is_usual(name: str) -> bool:
    """Return whether a column of this name is known: as an id, a text or a title."""
    return _bare(name) in USUAL


def _bare(name: str) -> str:
    """Return a heading as it is compared, without the quotes and marks that a file puts around it."""
    return same(name.strip("\"'\r\n\ufeff "))


def has_text(names: Iterable[str]) -> bool:
    """Return whether one of the names is known to be that of a text."""
    return any(map(is_known, names))


def first(wanted: Iterable[str], names: Collection[str], taken: Collection[str]) -> str:
    """Return the first of the wanted names that is there and not taken, "" if none is."""
    free = [name for name in names if name not in taken]
    return next((found for name in wanted if (found := matching(name, free))), "")
