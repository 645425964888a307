import io
import sys
from pathlib import Path

import pytest
from helpers.terminal import Terminal

from askew.cli.review import END, keys

ECHO = """
import subprocess, sys
from askew.cli.review import keys
def echoes():
    return "-echo " not in subprocess.run(["stty", "-a"], capture_output=True, text=True).stdout.replace(";", " ")
print("before", echoes(), flush=True)
try:
    with keys() as key:
        print("ready", echoes(), flush=True)
        while pressed := key():
            print("got", ascii(pressed), flush=True)
        print("end", flush=True)
except KeyboardInterrupt:
    print("stopped", flush=True)
print("after", echoes(), flush=True)
"""


@pytest.mark.parametrize(("last", "told"), [("\x04", "end"), ("\x03", "stopped")])
def test_keys_come_one_by_one_and_the_terminal_is_as_it_was(tmp_path: Path, last: str, told: str) -> None:
    with Terminal(ECHO, tmp_path) as terminal:
        terminal.until("before True")
        terminal.until("ready False")
        terminal.press("y")
        terminal.until("got 'y'")
        terminal.press("\x1b[A")  # an arrow
        terminal.press("Nü")
        assert "x1b" not in terminal.until("got '\\xfc'")
        assert terminal.text.count("got") == 3
        assert "got 'n'" in terminal.text
        terminal.press(last)
        terminal.until(told)
        terminal.until("after True")
        assert terminal.end() == 0


def test_without_a_terminal_each_line_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Yes\n\n  no\nq"))
    with keys() as key:
        assert [key() for _ in range(5)] == ["y", "n", "q", END, END]
