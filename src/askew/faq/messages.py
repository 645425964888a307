"""Messages: those of a log, forms in which stored questions might be asked, and ones about anything else."""

import random
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path

from askew.documents.columns import Fields, columns, document
from askew.documents.read import Skipped, read, rows_of
from askew.documents.rows import Bad
from askew.documents.sources import SHEETS, STDIN, SUFFIXES, TABLES
from askew.errors import InputError
from askew.text.language import languages
from askew.types import Document

SEED = 15


@dataclass(frozen=True)
class MessageLog:
    """Messages of a log. skipped: rows that are unreadable or have no message."""

    messages: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def read_log(path: str, text_field: str | Sequence[str] | None = None, encoding: str | None = None) -> MessageLog:
    """Read one message per row of a table, or per line of any other file or of stdin ("-").

    Ids may repeat, like those of users or conversations. Raises `InputError` if there is no message at all.
    """
    if path != STDIN and Path(path).is_dir():
        raise InputError(f"{path} is a folder: give a file of messages.")
    if SUFFIXES.get(Path(path).suffix.lower(), "") not in (*TABLES, *SHEETS):
        reading = read([path], format="lines", encoding=encoding)
        return MessageLog(tuple(one.text for one in reading.documents), reading.skipped)
    messages: list[str] = []
    skipped: list[Skipped] = []
    for row in _rows(path, text_field, encoding):
        if isinstance(row, Bad):
            skipped.append(Skipped(path, row.line, row.reason))
        else:
            messages.append(row.text)
    if not messages:
        why = f": {path}:{skipped[0].line}: {skipped[0].reason}" if skipped else ""
        raise InputError(f"{path} contains no messages{why}. Give one message per line, or a CSV, TSV or JSONL file.")
    return MessageLog(tuple(messages), tuple(skipped))


def _rows(path: str, text_field: str | Sequence[str] | None, encoding: str | None) -> Iterator[Document | Bad]:
    read = rows_of(path, encoding=encoding)
    if not read.names:
        yield from (row for row in read.rows if isinstance(row, Bad))
        return
    found = columns(read, Fields(text=text_field or None, pair="question"), path)
    bare = replace(found, id="", title="", chosen=(), types={})
    yield from (row if isinstance(row, Bad) else document(row, bare, str(row.line)) for row in read.rows)


def made_messages(questions: Sequence[str]) -> dict[str, list[str]]:
    """Return the questions as they are ("whole"), and in other forms, by the name of the form; the same every time.

    blend: half of the words, and some of another question. drop: words are missing. half: the first one. typo: letters
    are missing or swapped.
    """
    draw = random.Random(SEED)  # noqa: S311  # no secret
    split = [_words(question) for question in questions]
    forms: Mapping[str, Callable[[list[str]], list[str]]] = {
        "blend": lambda words: _some(words, 0.5, draw) + _borrowed(split, round(0.3 * len(words)), draw),
        "drop": lambda words: _some(words, 0.7, draw),
        "half": lambda words: words[: (len(words) + 1) // 2],
        "typo": lambda words: [_mistyped(word, draw) for word in words],
    }
    made = {name: [" ".join(form(words)) for words in split] for name, form in forms.items()}
    return {"whole": list(questions), **made}


def unrelated_messages(questions: Sequence[str]) -> list[str]:
    """Return messages about anything else in the languages of the questions, or in all that there are."""
    known = _background()
    spoken = [known[code] for code in languages(questions) if code in known]
    return [text for texts in spoken or known.values() for text in texts]


@cache
def _background() -> Mapping[str, list[str]]:
    return tomllib.loads(resources.files("askew.faq").joinpath("background.toml").read_text("utf-8"))


def _words(question: str) -> list[str]:
    """Return the words, or pairs of characters of a script without spaces."""
    words = question.strip(" \t\n?？؟¿!.。").split() or [question]
    if len(words) == 1 and len(question) > 12:
        return [question[start : start + 2] for start in range(0, len(question), 2)]
    return words


def _some(words: list[str], share: float, draw: random.Random) -> list[str]:
    return [word for word in words if draw.random() < share] or [draw.choice(words)]


def _borrowed(split: Sequence[list[str]], count: int, draw: random.Random) -> list[str]:
    other = draw.choice(split)
    return [draw.choice(other) for _ in range(max(1, count))]


def _mistyped(word: str, draw: random.Random) -> str:
    if len(word) < 4 or draw.random() > 0.35:
        return word
    place = draw.randrange(len(word) - 1)
    swapped = word[place + 1] + word[place] if draw.random() < 0.5 else word[place + 1]
    return word[:place] + swapped + word[place + 2 :]
