"""Nothing of the line that says "no answer" is shown as if it were one, however finely it comes in pieces."""

import re

from askew.answering.prompt import SENTINEL

# Models change its case and put stars or quotes around it where it is all they say; further on only the exact line is
# it, as "there is no answer in the sources to …, but" may be part of an answer.
ALONE = re.compile(rf"[\W_]*{SENTINEL}", re.IGNORECASE)
SIGNS = re.compile(r"[\W_]*")


class Gate:
    """Holds back the end of what has come for as long as it may be the beginning of the line."""

    def __init__(self) -> None:
        self.closed = False
        self._held = ""
        self._open = False  # whether anything was let through

    def feed(self, piece: str) -> str:
        """What of the text so far may be shown now; once the line was met, nothing more."""
        if self.closed:
            return ""
        self._held += piece
        if not self._open and ALONE.match(self._held):
            self.closed = True
            return ""
        before, line, _ = self._held.partition(SENTINEL)
        if line:
            self.closed = True
            return before
        return self._release(len(self._held) - self._doubtful())

    def end(self) -> str:
        """What was held back and was not the line after all."""
        return "" if self.closed else self._release(len(self._held))

    def _doubtful(self) -> int:
        """How many characters at the end may become the line."""
        if not self._open:
            signs = SIGNS.match(self._held)
            bare = self._held[signs.end() if signs else 0 :]
            if SENTINEL.startswith(bare.upper()):
                return len(self._held)
        longest = min(len(SENTINEL) - 1, len(self._held))
        return next((size for size in range(longest, 0, -1) if SENTINEL.startswith(self._held[-size:])), 0)

    def _release(self, size: int) -> str:
        shown, self._held = self._held[:size], self._held[size:]
        self._open = self._open or bool(shown)
        return shown
