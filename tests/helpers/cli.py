"""`askew` as a user calls it: in this process for speed, or as a process of its own where that is the point."""

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ASKEW = str(Path(sys.executable).with_name("askew"))


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Here:
    """Runs the command line in this process, in the folder of the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, stdin: str | bytes = "") -> Outcome:
        from askew.cli.app import run

        raw = stdin if isinstance(stdin, bytes) else stdin.encode()
        self._capsys.readouterr()
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["askew", *arguments])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), "utf-8"))
            code = run()
        out, err = self._capsys.readouterr()
        return Outcome(code, out, err)


def process(*arguments: str, cwd: Path, stdin: str = "", env: dict[str, str] | None = None) -> Outcome:
    run = subprocess.run(
        [ASKEW, *arguments], cwd=cwd, env=env, input=stdin, capture_output=True, text=True, check=False, timeout=120
    )
    return Outcome(run.returncode, run.stdout, run.stderr)


def refused(outcome: Outcome, *words: str) -> None:
    """One clear message on stderr, exit code 2, nothing on stdout, no traceback."""
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert outcome.err.startswith("askew: ")
    for word in words:
        assert word in outcome.err, outcome.err
