"""Keys that a person presses: one by one where there is a terminal, else the first letter of each line."""

import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

END = ""
"""There are no more."""
SEQUENCE = re.compile(r"\x1b(?:[\[O][0-9;?]*[A-Za-z~]|.)?")  # what arrows and the like send
END_OF_INPUT = "\x04"  # Ctrl-D


@contextmanager
def keys() -> Iterator[Callable[[], str]]:
    """A function that waits for the next key, in lower case; END when there are no more.

    Ctrl-C stays what it is, and the terminal is as before when the block ends, however it does. Arrows and the like
    are no keys.
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
    """Blank lines are none."""
    while line := sys.stdin.readline():
        if line.strip():
            return line.strip()[0].lower()
    return END
