"""A hub on this machine: one repository with two commits, by the protocol of the Hugging Face Hub."""

import hashlib
import json
from collections.abc import Iterator, Mapping
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
    right one. asked: paths of all requests. refused: status and code of errors, by a part of the path. names: former
    names of the repository, or other spellings, and its name. tags: commits by tag.
    """

    files: dict[str, bytes]
    served: dict[str, bytes] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    main: str = FIRST
    at: str = ""
    asked: list[str] = field(default_factory=list)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def info(self, revision: str) -> Any:
        commit = self.at or (self.main if revision == "main" else self.tags.get(revision, revision))
        return {"id": REPOSITORY, "sha": commit, "siblings": [{"rfilename": name} for name in self.files]}

    def told(self, path: str) -> Any:
        """What the API answers, None for another address."""
        kind, _, revision = path.partition(f"/api/models/{REPOSITORY}")[2].strip("/").partition("/")
        if not path.startswith(f"/api/models/{REPOSITORY}"):
            return None
        return self.tree() if kind == "tree" else self.info(revision or "main")

    def instead(self, path: str) -> tuple[int, Mapping[str, str]]:
        """The status and headers of an answer without a file: of an error, or of another address; status 0 for none."""
        for name, now in self.names.items():
            if f"/{name}/" in f"{path}/":
                return 307, {"Location": path.replace(name, now), "Content-Length": "0"}
        for part, (status, code) in self.refused.items():
            if part in path:
                return status, {"X-Error-Code": code, "X-Error-Message": "refused", "Content-Length": "0"}
        return 0, {}

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


class Handler(BaseHTTPRequestHandler):
    """Answers as the hub does; a server has a class of its own, with its hub."""

    hub: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(path)
        status, marks = self.hub.instead(path)
        told = self.hub.told(path)
        commit, _, name = path.partition(f"/{REPOSITORY}/resolve/")[2].partition("/")
        if status:
            self._empty(status, marks)
        elif told is not None:
            self._send(json.dumps(told).encode(), body)
        elif name in self.hub.files:
            self._file(name, commit, body)
        else:
            self.send_error(404)

    def _empty(self, status: int, marks: Mapping[str, str]) -> None:
        self.send_response(status)
        for key, value in marks.items():
            self.send_header(key, value)
        self.end_headers()

    def _file(self, name: str, commit: str, body: bool) -> None:
        content = self.hub.served.get(name, self.hub.files[name])
        marks = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": commit}
        self._send(content, body, len(content) // 2 if name in self.hub.cut else len(content), **marks)

    def _send(self, content: bytes, body: bool, sent: int = -1, **marks: str) -> None:
        self.send_response(200)
        for key, value in {**marks, "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(content[: sent if sent >= 0 else len(content)] if body else b"")


@contextmanager
def serving(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with listening(type("OwnHandler", (Handler,), {"hub": hub})) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", url + TEMPLATE)
        yield url
