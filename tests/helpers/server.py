"""A running `askew serve`, as a process of its own, and requests to it."""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.cli import ASKEW

ROLES_CARD = """name = "hashing-roles"
summary = "Another prompt for each role, without weights."
architecture = "hashing"
pooling = "sum"
normalised = true
similarity = "cosine"
dim = 64
max_tokens = 20
languages = ["any"]
licence = "Apache-2.0"
commercial = true
size_mb = 0
tasks = ["question-answering"]
verified = false
checked = "a test"

[prompts.default]
query = "query: "
document = "passage: "
"""
"""A card whose roles differ, and that reads 20 tokens."""


@dataclass(frozen=True)
class Response:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """The type of the error."""
        return str(self.body["error"]["type"])


@dataclass(frozen=True)
class Server:
    """url: without a slash at its end. folder: of the indexes. process: that serves. log: its stderr."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    log: Path

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Response:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            self.url + path, data, {"Content-Type": "application/json", **named}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return _read(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return _read(refused)

    def get(self, path: str) -> Response:
        return self("GET", path)

    def post(self, path: str, body: object, **headers: str) -> Response:
        return self("POST", path, body, **headers)

    def wait(self, job: str) -> dict[str, Any]:
        """Return a job once it is over."""
        while True:
            found = self.get(job).body
            if found["status"] not in ("queued", "running"):
                return dict(found)
            time.sleep(0.05)


def _read(answer: Any) -> Response:
    text = answer.read()
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return Response(answer.status, json.loads(text) if is_json else text.decode(), answer.headers)


@contextmanager
def serving(folder: Path, *options: str, cards: Path | None = None) -> Iterator[Server]:
    """Serve a folder on a free port until the block ends."""
    log = folder.parent / f"{folder.name}.log"
    env = {**os.environ, **({"ASKEW_CARDS": str(cards)} if cards else {})}
    command = [ASKEW, "serve", str(folder), "--port", "0", *options]
    with log.open("wb") as file, subprocess.Popen(command, stderr=file, env=env) as process:
        try:
            yield Server(_address(log, process), folder, process, log)
        finally:
            process.terminate()
            process.wait(60)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    while process.poll() is None:
        if found := re.search(r"^Serving .* at (http://\S+) \(", log.read_text("utf-8"), re.MULTILINE):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(log.read_text("utf-8"))
