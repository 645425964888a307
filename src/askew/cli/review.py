"""Pair review at the terminal: two texts, one keystroke."""

import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

from askew.cli.output import is_styled, say, say_wrapped
from askew.cli.pairs import bracketed
from askew.dedup.review import Label, Labels, ReviewQuestion, ordered, texts_of, unanswered
from askew.terminal import one_line
from askew.text.words import folded, spans
from askew.types import Span

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
    with Labels(labels) as kept:
        pending = unanswered(ordered(questions, order, threshold), texts, kept)
        try:
            with keys() as key:
                _ask(pending, len(questions), texts, kept, key)
        except KeyboardInterrupt:
            say()
        left = len(unanswered(pending, texts, kept))
    done = Reviewed(len(pending) - left, left)
    more = f"{left:,} left: run the same command to continue." if left else "None left."
    say(f"{done.answered:,} answered, saved in {labels}. {more}")
    return done


def _ask(
    pending: Sequence[ReviewQuestion],
    total: int,
    texts: Mapping[str, str],
    labels: Labels,
    key: Callable[[], str],
) -> None:
    at = 0
    while pending:
        if at < len(pending):
            _show(pending[at], f"{total - len(pending) + at + 1:,} of {total:,}", texts)
        say(HELP if at < len(pending) else LAST)
        pressed = _pressed(key, asking=at < len(pending), undoing=at > 0)
        if pressed in ("q", END):
            return
        label = KEYS.get(pressed, Label.UNDONE)
        at -= label is Label.UNDONE
        labels.add(pending[at].pair, texts, label)
        at += label is not Label.UNDONE
        say(f"→ {label}")
        say()


def _pressed(key: Callable[[], str], *, asking: bool, undoing: bool) -> str:
    """Wait for a key that is valid now."""
    while True:
        pressed = key()
        if pressed in ("q", END) or (asking and pressed in KEYS) or (undoing and pressed == "u"):
            return pressed
        say("There is nothing to undo." if pressed == "u" else HELP if asking else LAST)


def _show(question: ReviewQuestion, place: str, texts: Mapping[str, str]) -> None:
    pair = question.pair
    verdict = ": ".join(filter(None, (question.verdict, question.reason)))
    say("   ".join(filter(None, (place, f"score {pair.score:.3f}", verdict))))
    one, other = texts_of(pair, texts)
    left, right = differing(one, other)
    width = max(len(one_line(pair.a)), len(one_line(pair.b)))
    sides = ((pair.a, one, left, question.evidence_a), (pair.b, other, right, question.evidence_b))
    for id, text, words, evidence in sides:
        parts = _marked(text, words, evidence, plain=not is_styled())
        say_wrapped((f"  {one_line(id):<{width}}  ", "dim"), *parts, indent=width + 4)


def _marked(text: str, words: Sequence[Span], evidence: Sequence[Span], *, plain: bool) -> Iterator[tuple[str, str]]:
    """Yield parts of the text with their styles: differing words in bold, evidence underlined; or both in brackets."""
    start, end = _window(text, [*words, *evidence])
    yield ("… " if start else "", "")
    if plain:
        yield (bracketed(text[start:end], _within([*words, *evidence], start, end)), "")
    else:
        styled = [(span, "bold yellow") for span in words] + [(span, "underline") for span in evidence]
        edges = sorted({start, end, *(at for span, _ in styled for at in (span.start, span.end) if start < at < end)})
        for low, high in pairwise(edges):
            styles = [style for span, style in styled if span.start <= low and high <= span.end]
            yield (text[low:high], " ".join(styles))
    yield (" …" if end < len(text) else "", "")


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
