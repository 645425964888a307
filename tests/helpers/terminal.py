"""A process at a real terminal, and a person who reads and presses keys."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

OWN = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"  # so that Ctrl-C there is a signal
STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PATIENCE = 60.0  # seconds


class Terminal:
    """Runs a script of Python; what it writes is read without its styles."""

    def __init__(self, script: str, cwd: Path) -> None:
        self.master, slave = pty.openpty()
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWN + script],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.raw = ""
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)

    @property
    def text(self) -> str:
        return STYLE.sub("", self.raw).replace("\r\n", "\n")

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def until(self, words: str) -> str:
        """What has been written since the last call, up to and with these words."""
        end = time.monotonic() + PATIENCE
        while words not in self.text[self._read :]:
            if time.monotonic() > end or not self._more(end - time.monotonic()):
                raise AssertionError(f"{words!r} never came: {self.text[self._read :]!r}")
        start = self._read
        self._read = self.text.index(words, start) + len(words)
        return self.text[start : self._read]

    def end(self) -> int:
        """The exit code, once all has been read."""
        end = time.monotonic() + PATIENCE
        while self._more(end - time.monotonic()):
            pass
        return self.process.wait(PATIENCE)

    def _more(self, seconds: float) -> bool:
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says it so when the other end is closed
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)
