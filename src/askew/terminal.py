"""Terminal output: control characters and format characters are shown as escapes, so that nothing printed acts.

A terminal obeys what it prints: ESC ] 52 sets the clipboard, ESC [ 2 J clears the screen, U+202E reverses the rest of a
line, and a line feed within an id begins a line that we seem to have written. The texts that askew prints are other
people's.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

INVISIBLE = (
    "\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
"""DEL and C1, line separators, bidirectional and other format characters, tags, and halves of surrogate pairs."""
JOINER = "[\u200c\u200d]"
LATIN = "\\x00-\u02ff"
MISPLACED = rf"(?<![^{LATIN}]){JOINER}|{JOINER}(?![^{LATIN}])"
"""Joiners shape Arabic and Indic letters and emoji; anywhere else, they only make two words look alike."""
ACTING = re.compile(f"[\\x00-\\x1f{INVISIBLE}]|{MISPLACED}")
ACTING_IN_PROSE = re.compile(f"[\\x00-\\x08\\x0b-\\x1f{INVISIBLE}]|{MISPLACED}")
"""Line feeds and tabs belong to a text of several lines."""
UNFINISHED = re.compile(rf"[\s\S](?:{JOINER}|\r)*\Z")
SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def one_line(text: str) -> str:
    r"""Return the text with every character that could act shown as an escape: `\x1b`, `\u202e`, `\n`."""
    return ACTING.sub(_escape, text)


def prose(text: str) -> str:
    """Return a text of several lines, such as a passage: line feeds and tabs stay, all else is as in `one_line`."""
    return ACTING_IN_PROSE.sub(_escape, text.replace("\r\n", "\n"))


def flowing(pieces: Iterable[str]) -> Iterator[str]:
    """Yield a text that arrives in pieces as `prose` shows the whole, one character late: the next may belong to it."""
    held = ""
    try:
        for piece in pieces:
            text = held + piece
            last = UNFINISHED.search(text)
            ready, held = (text[: last.start()], last[0]) if last else ("", "")
            if ready:
                shown = prose(ready + held[:1])
                yield shown[: len(shown) - len(prose(held[:1]))]
    except Exception:  # what came before the failure is shown
        yield prose(held)
        raise
    yield prose(held)


def json_text(text: str) -> str:
    r"""Return a JSON document with the characters that could act as `\u` escapes; it remains the same JSON."""
    return ACTING_IN_PROSE.sub(_json_escape, text)


class Guard:
    """A text stream to which only what cannot act is written; everything else about it is the stream's own.

    What we style ourselves is written to `unguarded`, after its texts were escaped.
    """

    def __init__(self, stream: TextIO) -> None:
        self.unguarded = stream

    def write(self, text: str) -> int:
        self.unguarded.write(prose(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unguarded, name)


def unguarded(stream: TextIO) -> TextIO:
    """Return the stream itself, for texts that were escaped already."""
    return stream.unguarded if isinstance(stream, Guard) else stream


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return SHORT.get(character) or (
        f"\\x{ord(character):02x}" if character < "\x80" else character.encode("ascii", "backslashreplace").decode()
    )


def _json_escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD7C0 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
