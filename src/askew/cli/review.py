"""Pair review at the terminal: two texts, one keystroke."""

import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from askew.cleaning.labels import Label, Labels
from askew.cleaning.review import ReviewQuestion, ordered, unanswered
from askew.cli.pairs import bracketed
from askew.text.words import folded, spans
from askew.types import Span

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


END = ""
"""Returned instead of a key at the end of input."""
SEQUENCE = re.compile(r"\x1b(?:[\[O][0-9;?]*[A-Za-z~]|.)?")  # sent by arrow and function keys
END_OF_INPUT = "\x04"  # Ctrl-D


@contextmanager
def keys() -> Iterator[Callable[[], str]]:
    """Yield a function that waits for the next key and returns it in lower case, or END at the end of input.

    Ctrl-C still interrupts, and the terminal is restored when the block ends. Arrow and function keys are ignored.
    """
    try:
        import termios
        import tty
    except ImportError:  # Windows
        yield _line
        return
    if not sys.stdin.isatty():
        yield _line
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    try:
        tty.setcbreak(number)
        yield _typed(number)
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _typed(number: int) -> Callable[[], str]:
    ahead: deque[str] = deque()

    def key() -> str:
        while not ahead:
            data = os.read(number, 64)
            if not data:
                return END
            ahead.extend(SEQUENCE.sub("", data.decode("utf-8", "ignore")).lower())
        found = ahead.popleft()
        return END if found == END_OF_INPUT else found

    return key


def _line() -> str:
    """Return the first letter of the next line that is not blank."""
    while line := sys.stdin.readline():
        if line.strip():
            return line.strip()[0].lower()
    return END


MOST = 2000  # words compared one by one between the common beginning and end: the work is quadratic


def differing(a: str, b: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return the spans of words in which the texts differ, ignoring case and punctuation."""
    left, right = list(spans(a)), list(spans(b))
    first, second = ([folded(text[i:j]) for i, j in places] for text, places in ((a, left), (b, right)))
    parts = _parts(first, second)
    return (
        tuple(_span(left, start, end) for start, end, _, _ in parts if end > start),
        tuple(_span(right, start, end) for _, _, start, end in parts if end > start),
    )


def _parts(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """Return the slices a[i1:i2] and b[j1:j2] that replace each other."""
    begin = _alike(zip(a, b, strict=False))
    end = _alike(zip(reversed(a[begin:]), reversed(b[begin:]), strict=False))
    left, right = a[begin : len(a) - end], b[begin : len(b) - end]
    if max(len(left), len(right)) > MOST:
        return [(begin, begin + len(left), begin, begin + len(right))]
    codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return [(begin + i, begin + j, begin + k, begin + m) for tag, i, j, k, m in codes if tag != "equal"]


def _alike(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for x, y in pairs:
        if x != y:
            break
        count += 1
    return count


def _span(words: Sequence[tuple[int, int]], start: int, end: int) -> Span:
    return Span(words[start][0], words[end - 1][1])


KEYS = {"y": Label.DUPLICATE, "n": Label.DIFFERENT, "s": Label.SKIP}
HELP = "y duplicate, n different, s skip, u undo, q quit"
LAST = "That was the last: u undo, q quit"
SHOWN = 1500  # characters of a text
BEFORE = 300  # of these, characters before the first difference
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters and text direction marks, which an untrusted text could use to manipulate the terminal."""


@dataclass(frozen=True)
class Reviewed:
    """answered: number of pairs answered in this session and not undone. left: number of unanswered pairs."""

    answered: int
    left: int


def review(
    questions: Sequence[ReviewQuestion],
    texts: Mapping[str, str],
    labels: str | Path,
    *,
    threshold: float,
    order: str = "uncertain",
) -> Reviewed:
    """Present each unanswered pair until none is left, or q or Ctrl-C is pressed.

    Every answer is on disk before the next pair is presented, so an interrupted review loses nothing, and the same call
    continues it.
    """
    console = _console()
    with Labels(labels) as kept:
        pending = unanswered(ordered(questions, order, threshold), texts, kept)
        try:
            with keys() as key:
                _ask(console, pending, len(questions), texts, kept, key)
        except KeyboardInterrupt:
            console.print()
        left = len(unanswered(pending, texts, kept))
    done = Reviewed(len(pending) - left, left)
    more = f"{left:,} left: run the same command to continue." if left else "None left."
    _print(console, f"{done.answered:,} answered, saved in {labels}. {more}")
    return done


def _ask(
    console: "Console",
    pending: Sequence[ReviewQuestion],
    total: int,
    texts: Mapping[str, str],
    labels: Labels,
    key: Callable[[], str],
) -> None:
    at = 0
    while pending:
        if at < len(pending):
            _show(console, pending[at], f"{total - len(pending) + at + 1:,} of {total:,}", texts)
        _print(console, HELP if at < len(pending) else LAST)
        pressed = _pressed(console, key, asking=at < len(pending), undoing=at > 0)
        if pressed in ("q", END):
            return
        label = KEYS.get(pressed, Label.UNDONE)
        at -= label is Label.UNDONE
        labels.add(pending[at].pair, texts, label)
        at += label is not Label.UNDONE
        _print(console, f"→ {label}\n")


def _pressed(console: "Console", key: Callable[[], str], *, asking: bool, undoing: bool) -> str:
    """Wait for a key that is valid now."""
    while True:
        pressed = key()
        if pressed in ("q", END) or (asking and pressed in KEYS) or (undoing and pressed == "u"):
            return pressed
        _print(console, "There is nothing to undo." if pressed == "u" else HELP if asking else LAST)


def _show(console: "Console", question: ReviewQuestion, place: str, texts: Mapping[str, str]) -> None:
    pair = question.pair
    verdict = ": ".join(filter(None, (question.verdict, question.reason)))
    _print(console, "   ".join(filter(None, (place, f"score {pair.score:.3f}", verdict))))
    a, b = (UNSAFE.sub("\ufffd", texts[id]) for id in (pair.a, pair.b))
    left, right = differing(a, b)
    width = max(len(pair.a), len(pair.b))
    for id, text, words, evidence in ((pair.a, a, left, question.evidence_a), (pair.b, b, right, question.evidence_b)):
        line = _marked(text, words, evidence, plain=console.color_system is None)
        console.print(_headed(UNSAFE.sub("\ufffd", id).ljust(width), line), soft_wrap=not console.is_terminal)


def _headed(id: str, line: "Text") -> "Text":
    from rich.text import Text

    return Text.assemble(("  " + id + "  ", "dim"), line)


def _marked(text: str, words: Sequence[Span], evidence: Sequence[Span], *, plain: bool) -> "Text":
    """Return the text with differing words in bold and evidence underlined; without styles, both in brackets."""
    from rich.text import Text

    start, end = _window(text, [*words, *evidence])
    if plain:
        shown = Text(bracketed(text[start:end], _within([*words, *evidence], start, end)))
    else:
        shown = Text(text[start:end])
        for spans, style in ((words, "bold yellow"), (evidence, "underline")):
            for span in _within(spans, start, end):
                shown.stylize(style, span.start, span.end)
    return Text.assemble("… " if start else "", shown, " …" if end < len(text) else "")


def _within(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Return the visible parts of the spans, relative to the start of the window."""
    clipped = [Span(max(span.start, start) - start, min(span.end, end) - start) for span in spans]
    return [span for span in clipped if span]


def _window(text: str, marks: Sequence[Span]) -> tuple[int, int]:
    """Return the part of a long text that is shown; it begins shortly before the first mark."""
    if len(text) <= SHOWN:
        return 0, len(text)
    first = min((span.start for span in marks), default=0)
    start = max(0, min(first - BEFORE, len(text) - SHOWN))
    return start, start + SHOWN


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def _print(console: "Console", line: str) -> None:
    console.print(line, soft_wrap=not console.is_terminal)
