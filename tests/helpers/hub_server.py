"""A hub on this machine: one repository with two commits, by the protocol of the Hugging Face Hub."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from helpers.http import listening

REPOSITORY = "someone/tiny-model"
FIRST, SECOND = "1" * 40, "2" * 40
LARGE = (".safetensors", ".bin")
TEMPLATE = "/{repo_id}/resolve/{revision}/{filename}"


@dataclass
class Hub:
    """files: content by name at the first commit. served: what is sent instead of a file. cut: names whose connection
    ends halfway. main: the commit to which the branch points; at: the one with which a revision is answered, "" for the
    right one. asked: paths of all requests.
    """

    files: dict[str, bytes]
    served: dict[str, bytes] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    main: str = FIRST
    at: str = ""
    asked: list[str] = field(default_factory=list)

    def info(self, revision: str) -> Any:
        commit = self.at or (self.main if revision == "main" else revision)
        return {"id": REPOSITORY, "sha": commit, "siblings": [{"rfilename": name} for name in self.files]}

    def told(self, path: str) -> Any:
        """What the API answers, None for another address."""
        kind, _, revision = path.partition(f"/api/models/{REPOSITORY}")[2].strip("/").partition("/")
        if not path.startswith(f"/api/models/{REPOSITORY}"):
            return None
        return self.tree() if kind == "tree" else self.info(revision or "main")

    def tree(self) -> Any:
        found = []
        for name, content in self.files.items():
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
            entry = {"type": "file", "path": name, "size": len(content), "oid": blob}
            if name.endswith(LARGE):
                digest = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 134}
            found.append(entry)
        folders = sorted({name.partition("/")[0] for name in self.files if "/" in name})
        return [*({"type": "directory", "path": name, "oid": "0" * 40} for name in folders), *found]


def of(folder: Path) -> Hub:
    return Hub({str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()})


@contextmanager
def serving(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append(path)
            told = hub.told(path)
            commit, _, name = path.partition(f"/{REPOSITORY}/resolve/")[2].partition("/")
            if told is not None:
                self._send(json.dumps(told).encode(), body)
            elif name in hub.files:
                self._file(name, commit, body)
            else:
                self.send_error(404)

        def _file(self, name: str, commit: str, body: bool) -> None:
            content = hub.served.get(name, hub.files[name])
            marks = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": commit}
            self._send(content, body, len(content) // 2 if name in hub.cut else len(content), **marks)

        def _send(self, content: bytes, body: bool, sent: int = -1, **marks: str) -> None:
            self.send_response(200)
            for key, value in {**marks, "Content-Length": str(len(content))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content[: sent if sent >= 0 else len(content)] if body else b"")

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with listening(Handler) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", url + TEMPLATE)
        yield url
