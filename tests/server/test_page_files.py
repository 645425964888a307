"""The page as files: types, sizes, catalogues of messages; and how the server hands them out."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.page import ROOT, node, tool
from starlette.testclient import TestClient

from askew.server import keys
from askew.server.app import create_app
from askew.server.config import ServerConfig
from askew.server.routes.page import FOLDER, TYPES, files

SCRIPTS = sorted(FOLDER.glob("*.js"))
MOST = 150_000
"""Bytes of the whole page."""


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(ServerConfig(tmp_path)), base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as made:
        yield made


def messages(language: str) -> dict[str, str]:
    text = (FOLDER / f"{language}.js").read_text("utf-8")
    return dict(re.findall(r'(?:^|[\s,])"?([\w.@-]+)"?: "((?:[^"\\]|\\.)*)"', text))


def test_the_page_is_small_and_its_files_are_short() -> None:
    assert sum(len(one.content) for one in files().values()) <= MOST
    assert {path.name for path in FOLDER.iterdir()} == set(files())
    assert [path.name for path in SCRIPTS if len(path.read_text("utf-8").splitlines()) > 400] == []


def test_types_are_right() -> None:
    command = [node(), str(tool("typescript", "bin", "tsc")), "-p", str(ROOT / "tests" / "server" / "page")]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.stdout == ""
    assert found.returncode == 0


def test_nothing_makes_markup_or_code_of_texts() -> None:
    wrong = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc|https?:"
    )
    found = {path.name: wrong.findall(path.read_text("utf-8")) for path in FOLDER.iterdir() if path.suffix != ".svg"}
    assert {name: places for name, places in found.items() if places} == {}
    page = (FOLDER / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page) == []


def test_both_languages_say_everything() -> None:
    english, german = messages("english"), messages("german")
    assert len(english) > 200
    assert english.keys() == german.keys()
    for name, text in english.items():
        values, forms = set(re.findall(r"\{\w+\}", text)), text.count("|")
        assert (values, forms) == (set(re.findall(r"\{\w+\}", german[name])), german[name].count("|")), name
    code = "".join(path.read_text("utf-8") for path in SCRIPTS if path.stem not in ("english", "german"))
    used = set(re.findall(r'\bt\("([^"]+)"', code))
    assert used - english.keys() == set()
    begun = set(re.findall(r"\bt\(`([^`$]+)\$", code))
    named = set(re.findall(r'"([^"\n]*)"', code))
    assert [one for one in english if one not in named and not any(one.startswith(part) for part in begun)] == []


def test_files_are_served_with_their_types_and_known_ones_are_not_sent_again(asked: TestClient) -> None:
    for path, name in (("/", "index.html"), *((f"/web/{name}", name) for name in files())):
        reply = asked.get(path)
        assert reply.status_code == 200
        assert reply.content == (FOLDER / name).read_bytes()
        assert reply.headers["content-type"] == TYPES[Path(name).suffix]
        policy = dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "connect-src": "'self'",
            "img-src": "'self' data:",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        assert reply.headers["x-content-type-options"] == "nosniff"
        tag = reply.headers["etag"]
        for sent, status in ((tag, 304), (f'"x", W/{tag}', 304), ("*", 304), ('"x"', 200)):
            again = asked.get(path, headers={"If-None-Match": sent})
            assert (again.status_code, again.headers["etag"]) == (status, tag)
            assert bool(again.content) == (status == 200)
        head = asked.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) == len(reply.content)


@pytest.mark.parametrize(
    "path", ["/web/", "/web/nothing.js", "/web/../app.py", "/web/%2e%2e/app.py", "/web/..%2fapp.py"]
)
def test_other_files_are_not_there(asked: TestClient, path: str) -> None:
    assert asked.get(path).status_code == 404


def test_the_page_needs_no_key_but_what_it_asks_does(tmp_path: Path) -> None:
    keys.add(tmp_path, "reader", ["*"], ["read"])
    how = {"base_url": "http://127.0.0.1", "client": ("192.0.2.7", 1)}
    with TestClient(create_app(ServerConfig(tmp_path)), **how) as asked:  # type: ignore[arg-type]
        assert [asked.get(path).status_code for path in ("/", "/web/app.js", "/v1/indexes")] == [200, 200, 401]
        assert asked.get("/", headers={"Host": "evil.example"}).status_code == 421
        assert asked.get("/web/app.js", headers={"Origin": "http://evil.example"}).status_code == 403


def test_the_page_can_be_turned_off(tmp_path: Path) -> None:
    config = ServerConfig(tmp_path, page=False)
    with TestClient(create_app(config), base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as asked:
        assert [asked.get(path).status_code for path in ("/", "/web/app.js", "/v1/indexes")] == [404, 404, 200]
