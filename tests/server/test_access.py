"""Who may do what with the server: keys, tokens, groups, hosts, and what refusals tell."""

import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi.routing import APIRoute
from helpers.guarded import GROUPS, drawn, made, visible
from helpers.server import serving
from starlette.testclient import TestClient

from askew import Faq, Index, InputError, QuestionAnswer, StoreError
from askew.server import keys
from askew.server.app import create_app
from askew.server.config import ServerConfig
from askew.server.gate import Door, check_reach
from askew.server.rights import Rights
from askew.server.routes import ROUTERS
from askew.server.tokens import PAUSE, Provider

HOST = "http://127.0.0.1"


@contextmanager
def client(folder: Path, sender: str = "127.0.0.1", **how: Any) -> Iterator[TestClient]:
    config = ServerConfig(folder, models=("hashing",), rerankers=("hashing",), **how)
    with TestClient(create_app(config), base_url=HOST, client=(sender, 5000)) as made:
        yield made


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a guarded index, an open one, and a FAQ."""
    home = tmp_path / "indexes"
    made(home, drawn(1, 12)).close()
    with Index.create(home / "tenant2-open", "paraphrase", model="hashing") as opened:
        opened.add([{"id": "a", "text": "A memo."}])
    return home


# Every way to ask an index, with bodies.
QUERY = {"query": "holiday pay", "k": 30}
ASKED: dict[tuple[str, str], list[Any]] = {
    ("GET", ""): [None],
    ("DELETE", ""): [None],
    ("GET", "/fields"): [None],
    ("GET", "/truncation"): ["?limit=3"],
    ("GET", "/calibration"): [None],
    ("POST", "/documents"): [{"documents": [{"id": "d0", "text": "Mine now."}]}],
    ("DELETE", "/documents"): [{"ids": ["d0", "d1", "d2"]}],
    ("GET", "/documents"): ["?id=d0", "?id=d1&id=d2", "?id=nobody"],
    ("GET", "/documents/{id:path}"): ["d0", "d1", "d2", "d3", "nobody"],
    ("POST", "/search"): [
        {**QUERY, "mode": "dense"},
        {**QUERY, "mode": "lexical", "offset": 1},
        {**QUERY, "mode": "hybrid", "passages": 2},
        {**QUERY, "where": {"classified": True}},
        {**QUERY, "where": {"year": {"$gte": 2021}}, "collapse": True, "diversity": 0.2},
        {**QUERY, "rerank": "hashing"},
        {**QUERY, "min_confidence": 0.9},
    ],
    ("POST", "/similar"): [{"text": "secret merger budget"}],
    ("POST", "/faq"): [{"message": "holiday pay"}],
    ("POST", "/context"): [{"query": "holiday pay", "budget_tokens": 50}],
    ("POST", "/explain"): [{"query": "holiday pay", "document": f"d{n}"} for n in range(4)],
    ("POST", "/evaluate"): [{"queries": {"q": "holiday pay"}, "qrels": {"q": {"d0": 1, "d1": 1, "d2": 2}}}],
    ("POST", "/duplicates"): [{"threshold": 0.9}, {"threshold": 0.9, "groups": True}],
    ("POST", "/clusters"): [{"clusters": 2}, {}, {"clusters": 2, "projection": "pca"}],
    ("POST", "/check"): [{}, {"depth": "quick"}],
}


def routes() -> set[tuple[str, str]]:
    """Every path of an index."""
    every = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    prefix = "/v1/indexes/{name}"
    return {(method, r.path.removeprefix(prefix)) for r in every if r.path.startswith(prefix) for method in r.methods}


def _with(path: str, part: str) -> str:
    """A path with an id, or with a query."""
    return path.replace("{id:path}", part) if "{" in path else path + part


def finished(asked: TestClient, secret: str, job: str) -> Any:
    while (found := asked.get(f"/v1/jobs/{job}", headers=bearer(secret)).json())["status"] in ("queued", "running"):
        time.sleep(0.02)
    return {name: value for name, value in found.items() if name not in ("id", "progress")}


def answers(asked: TestClient, secret: str, name: str) -> dict[str, tuple[int, Any]]:
    found: dict[str, tuple[int, Any]] = {}
    for (method, path), bodies in ASKED.items():
        for body in bodies:
            place, sent = (path, body) if not isinstance(body, str) else (_with(path, body), None)
            reply = asked.request(method, f"/v1/indexes/{name}{place}", json=sent, headers=bearer(secret))
            content: Any = reply.content
            if reply.status_code == 202:
                content = finished(asked, secret, reply.json()["id"])
            found[f"{method} {place} {sent}"] = (reply.status_code, content)
    return found


def test_every_path_of_an_index_is_asked() -> None:
    assert routes() == set(ASKED)


@pytest.mark.parametrize("seed", [3, 4])
def test_every_answer_is_that_of_a_server_whose_index_never_held_the_rest(tmp_path: Path, seed: int) -> None:
    documents, groups = drawn(seed, 16), [GROUPS[seed % 4]]
    homes = tmp_path / "whole", tmp_path / "fresh"
    made(homes[0], documents).close()
    made(homes[1], visible(documents, groups)).close()
    secret, _ = keys.add(homes[0], "reader", ["guarded", "help"], ["read", "write"], groups)
    entries = [
        QuestionAnswer(f"q{n}", one.text, one.text[::-1], readers=one.readers) for n, one in enumerate(documents)
    ]
    for home in homes:
        (home / keys.FILE).write_bytes((homes[0] / keys.FILE).read_bytes())
        with Faq.create(home / "help", question_model="hashing", answer_model="hashing", access=True) as faq:
            faq.add([one for one in entries if home is homes[0] or one.readers & {*groups}])
    with client(homes[0]) as whole, client(homes[1]) as fresh:
        for name in ("guarded", "help"):
            one, other = (answers(asked, secret, name) for asked in (whole, fresh))
            assert one == other
            assert {status for status, _ in one.values()} >= {200, 400, 403}
            assert one["POST /documents {'documents': [{'id': 'd0', 'text': 'Mine now.'}]}"][0] == 403


def test_without_keys_only_the_machine_itself_is_served_and_may_do_everything(folder: Path) -> None:
    with client(folder) as local:
        assert local.get("/v1/indexes").json() == {"indexes": ["guarded", "tenant2-open"]}
        assert local.get("/v1/indexes/guarded").json()["sizes"]["documents"] == 12
        assert local.get("/metrics").status_code == 200
    with client(folder, sender="192.0.2.7") as remote:
        assert remote.get("/v1/indexes").status_code == 403
        assert remote.get("/openapi.json").status_code == 403
        assert remote.get("/health").status_code == 200


def test_a_key_opens_its_indexes_and_the_others_do_not_exist(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret, key = keys.add(folder, "reader", ["tenant2-*"], ["read"])
    with client(folder) as asked, caplog.at_level(logging.WARNING, "askew.server.audit"):
        assert asked.get("/v1/indexes").status_code == 401
        assert asked.get("/v1/indexes").headers["WWW-Authenticate"] == "Bearer"
        for wrong in ("x", secret[:-1] + "?", f"askew_{key.id}_{'A' * 43}", ""):
            assert asked.get("/v1/indexes", headers=bearer(wrong)).status_code == 401
        assert asked.get("/v1/indexes", headers=bearer(secret)).json() == {"indexes": ["tenant2-open"]}
        for path, bodies in ASKED.items():
            body, place = (None, _with(path[1], bodies[0])) if isinstance(bodies[0], str) else (bodies[0], path[1])
            both = [
                asked.request(path[0], f"/v1/indexes/{name}{place}", json=body, headers=bearer(secret))
                for name in ("guarded", "nothing")
            ]
            assert [one.status_code for one in both] == [404, 404]
            assert both[0].content.replace(b"guarded", b"nothing") == both[1].content
        assert asked.get("/v1/indexes/tenant2-open", headers=bearer(secret)).status_code == 200
        assert asked.get("/metrics", headers=bearer(secret)).status_code == 403
        new = {"name": "guarded", "task": "paraphrase", "model": "hashing"}
        both = [
            asked.post("/v1/indexes", json={**new, "name": name}, headers=bearer(secret)) for name in ("guarded", "n")
        ]
        assert [one.status_code for one in both] == [403, 403]
        assert both[0].content == both[1].content
    fields = [record.fields for record in caplog.records if record.name == "askew.server.audit"]  # type: ignore[attr-defined]
    assert {"caller": f"key {key.id}", "index": "guarded", "reason": "write", "sender": ""} in fields
    assert secret not in caplog.text + json.dumps(fields)


def test_rights_are_those_of_the_key_and_groups_are_never_taken_from_the_request(folder: Path) -> None:
    writer, _ = keys.add(folder, "writer", ["tenant2-open"], ["read", "write"])
    admin, _ = keys.add(folder, "admin", ["*"], ["admin"])
    nobody, _ = keys.add(folder, "nobody", ["guarded"], ["read"])
    document = {"documents": [{"id": "b", "text": "Another."}]}
    with client(folder) as asked:
        assert (
            asked.post("/v1/indexes/tenant2-open/documents", json=document, headers=bearer(writer)).status_code == 200
        )
        assert asked.delete("/v1/indexes/tenant2-open", headers=bearer(writer)).status_code == 403
        mine = {"documents": [{"id": "b", "text": "Another.", "readers": ["staff"]}]}
        assert asked.post("/v1/indexes/guarded/documents", json=mine, headers=bearer(admin)).status_code == 200
        assert asked.get("/v1/indexes/guarded", headers=bearer(admin)).json()["sizes"]["documents"] == 13
        assert asked.get("/v1/indexes/guarded", headers=bearer(nobody)).json()["sizes"]["documents"] == 0
        forged = {**bearer(nobody), "X-Groups": "staff", "X-Askew-Groups": "staff"}
        body = {"query": "another", "groups": ["staff"]}
        assert asked.post("/v1/indexes/guarded/search", json=body, headers=forged).status_code == 422
        assert asked.post("/v1/indexes/guarded/search", json=QUERY, headers=forged).json()["hits"] == []


def test_a_job_is_forgotten_when_what_it_saw_may_not_be_read_any_more(folder: Path) -> None:
    reader, _ = keys.add(folder, "reader", ["guarded"], ["read"], ["staff", "board"])
    other, _ = keys.add(folder, "other", ["guarded"], ["read"], ["staff", "board"])
    shown = visible(drawn(1, 12), ["staff", "board"])[0]
    with client(folder) as asked:
        job = asked.post("/v1/indexes/guarded/duplicates", json={}, headers=bearer(reader)).json()["id"]
        assert finished(asked, reader, job)["status"] == "done"
        assert asked.get(f"/v1/jobs/{job}", headers=bearer(other)).status_code == 404
        with Index.open(folder / "guarded", writable=True) as index:
            index.store.set_readers({shown.id: frozenset({"press"})})
        assert asked.get(f"/v1/jobs/{job}", headers=bearer(reader)).status_code == 404
        gone = asked.delete(f"/v1/jobs/{job}", headers=bearer(reader))
        assert (gone.status_code, shown.text in gone.text) == (404, False)
        [listed] = asked.get("/v1/jobs", headers=bearer(reader)).json()["jobs"]
        assert listed.keys() == {"id", "kind", "index", "status", "progress"}


def test_what_becomes_readable_while_a_job_waits_is_forgotten_with_it(folder: Path) -> None:
    reader, _ = keys.add(folder, "reader", ["guarded"], ["read"], ["staff", "board"])
    hidden = next(one for one in drawn(1, 12) if not one.readers & {"staff", "board"})
    entered, go = threading.Event(), threading.Event()
    with client(folder) as asked:
        jobs = asked.app.state.server.jobs  # type: ignore[attr-defined]
        jobs._pool.submit(lambda: (entered.set(), go.wait(60)))
        assert entered.wait(60)
        job = asked.post("/v1/indexes/guarded/check", json={}, headers=bearer(reader)).json()["id"]
        with Index.open(folder / "guarded", writable=True) as index:
            index.store.set_readers({hidden.id: frozenset({"staff"})})
        go.set()
        assert finished(asked, reader, job)["status"] == "done"
        with Index.open(folder / "guarded", writable=True) as index:
            index.store.set_readers({hidden.id: frozenset({"press"})})
        assert asked.get(f"/v1/jobs/{job}", headers=bearer(reader)).status_code == 404


def test_keys_change_without_a_restart(folder: Path) -> None:
    with client(folder) as asked:
        secret, key = keys.add(folder, "reader", ["*"], ["read"])
        assert asked.get("/v1/indexes").status_code == 401
        assert asked.get("/v1/indexes", headers=bearer(secret)).status_code == 200
        keys.revoke(folder, key.id)
        assert asked.get("/v1/indexes", headers=bearer(secret)).status_code == 401
        (folder / keys.FILE).write_text("{")
        assert asked.get("/v1/indexes", headers=bearer(secret)).status_code == 500
    with pytest.raises(StoreError):
        keys.read(folder)


def test_keys_hold_a_hash_and_wrong_rights_are_refused(folder: Path) -> None:
    secret, key = keys.add(folder, "reader", ["a*"], ["read"], ["staff"])
    assert secret.split("_", 2)[2] not in (folder / keys.FILE).read_text()
    assert (folder / keys.FILE).stat().st_mode & 0o077 == 0
    assert keys.read(folder) == [key]
    assert key.rights == Rights(("a*",), frozenset({"read"}), frozenset({"staff"}))
    for indexes, actions in ((["../x"], ["read"]), (["a"], ["fly"])):
        with pytest.raises(InputError):
            keys.add(folder, "x", indexes, actions)
    with pytest.raises(InputError):
        keys.revoke(folder, "nothing")


def test_other_names_and_pages_of_other_sites_are_refused(folder: Path) -> None:
    with client(folder, hosts=("search.example.org",)) as asked:
        for host, status in (("evil.example", 421), ("search.example.org:8443", 200), ("[::1]:7777", 200), ("", 421)):
            assert asked.get("/v1/indexes", headers={"Host": host}).status_code == status
        for origin, status in (("http://evil.example", 403), ("null", 403), (HOST, 200)):
            reply = asked.get("/v1/indexes", headers={"Origin": origin})
            assert reply.status_code == status
            assert not [name for name in reply.headers if name.lower().startswith("access-control")]
        preflight = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
        assert asked.options("/v1/indexes", headers=preflight).status_code == 403


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc", "..", "%2e%2e%2fkeys", "guarded.askew", "a%00b", "guarded%2f..", "~"]
)
def test_no_path_of_a_request_reaches_the_file_system(folder: Path, name: str) -> None:
    (folder.parent / "etc.askew").mkdir()
    with client(folder) as asked:
        for method, path in (("GET", ""), ("POST", "/search"), ("DELETE", "")):
            reply = asked.request(method, f"/v1/indexes/{name}{path}", json=QUERY if path else None)
            assert reply.status_code in (400, 404, 405)
    assert (folder / "guarded.askew").is_dir()


def test_an_address_of_others_needs_keys_and_a_name(folder: Path) -> None:
    def check(**how: Any) -> None:
        config = ServerConfig(folder, **how)
        check_reach(config, Door.of(config))

    check()
    check(host="localhost")
    with pytest.raises(InputError):
        check(host="0.0.0.0")
    keys.add(folder, "reader", ["*"], ["read"])
    with pytest.raises(InputError):
        check(host="0.0.0.0")
    check(host="0.0.0.0", hosts=("search.example.org",))
    check(host="192.0.2.1")


class _Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append(self.path)
        issuer = f"http://127.0.0.1:{server.server_port}"
        found = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"} if "well-known" in self.path else {"keys": server.keys}
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[Any]:
    """An OpenID provider with two keys."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    server.asked = []
    server.own = {
        "r": ("RS256", rsa.generate_private_key(65537, 2048)),
        "e": ("ES256", ec.generate_private_key(ec.SECP256R1())),
    }
    server.keys = [
        {**jwt.get_algorithm_by_name(name).to_jwk(key.public_key(), as_dict=True), "kid": id, "use": "sig"}
        for id, (name, key) in server.own.items()
    ]
    server.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def token(provider: Any, kid: str = "r", **changed: Any) -> str:
    now = int(time.time())
    claims = {"iss": provider.issuer, "aud": "askew", "sub": "ada", "iat": now, "exp": now + 600, "roles": ["staff"]}
    name, key = provider.own[kid]
    return jwt.encode({**claims, **changed}, key, name, headers={"kid": kid})


def test_tokens_of_a_provider_bring_the_groups(folder: Path, provider: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"issuer": provider.issuer, "audience": "askew", "groups_claim": "roles", "indexes": ["guarded"]}
    (folder / "oidc.json").write_text(json.dumps(settings))
    mine = len(visible(drawn(1, 12), ["staff"]))
    with client(folder) as asked:

        def status(sent: str) -> int:
            return asked.get("/v1/indexes/guarded", headers=bearer(sent)).status_code

        for kid in ("r", "e"):
            reply = asked.get("/v1/indexes/guarded", headers=bearer(token(provider, kid)))
            assert reply.json()["sizes"]["documents"] == mine
        nobody = asked.get("/v1/indexes/guarded", headers=bearer(token(provider, roles=[])))
        assert nobody.json()["sizes"]["documents"] == 0
        assert asked.get("/v1/indexes/tenant2-open", headers=bearer(token(provider))).status_code == 404
        assert provider.asked == ["/.well-known/openid-configuration", "/keys"]
        past, other = int(time.time()) - 1000, rsa.generate_private_key(65537, 2048)
        claims = {"iss": provider.issuer, "aud": "askew", "sub": "ada", "exp": past + 10_000}
        public = provider.keys[0]["n"]
        for wrong in (
            token(provider, aud="another"),
            token(provider, iss="http://127.0.0.1:1"),
            token(provider, exp=past),
            token(provider, roles={"a": 1}),
            jwt.encode(claims, other, "RS256", headers={"kid": "r"}),
            jwt.encode(claims, other, "RS256", headers={"kid": "unknown"}),
            jwt.encode(claims, None, "none", headers={"kid": "r"}),
            jwt.encode(claims, public, "HS256", headers={"kid": "r"}),
            token(provider)[:-4],
            f"{token(provider)}.x",
            "a.b.c",
        ):
            assert status(wrong) == 401
        assert len(provider.asked) == 2  # the unknown key is not sought again at once
        provider.own["new"] = ("RS256", other)
        provider.keys.append(
            {**jwt.get_algorithm_by_name("RS256").to_jwk(other.public_key(), as_dict=True), "kid": "new"}
        )
        now = time.monotonic
        monkeypatch.setattr("askew.server.tokens.time.monotonic", lambda: now() + PAUSE + 1)
        assert status(token(provider, "new")) == 200


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"issuer": "http://example.org", "audience": "a"},
        {"issuer": "https://example.org", "audience": ""},
        {"issuer": "https://example.org", "audience": "a", "algorithms": ["HS256"]},
        {"issuer": "https://example.org", "audience": "a", "algorithms": ["none"]},
        {"issuer": "https://example.org", "audience": "a", "actions": ["fly"]},
        [],
    ],
)
def test_a_provider_that_cannot_be_trusted_is_refused(folder: Path, settings: object) -> None:
    (folder / "oidc.json").write_text(json.dumps(settings))
    with pytest.raises(StoreError):
        Provider.read(folder)


def test_a_provider_that_is_away_refuses_its_tokens_and_nothing_else(folder: Path, provider: Any) -> None:
    sent = token(provider)
    settings = {"issuer": "http://127.0.0.1:9", "audience": "askew"}
    (folder / "oidc.json").write_text(json.dumps(settings))
    secret, _ = keys.add(folder, "reader", ["*"], ["read"])
    with client(folder) as asked:
        assert asked.get("/v1/indexes", headers=bearer(sent)).status_code == 401
        assert asked.get("/v1/indexes", headers=bearer(secret)).status_code == 200


def test_no_secret_is_found_anywhere(folder: Path) -> None:
    admin, _ = keys.add(folder, "admin", ["*"], ["admin"])
    reader, _ = keys.add(folder, "reader", ["tenant2-*"], ["read"])
    wrong = f"askew_{'0' * 12}_{'W' * 43}"
    said = b""
    with serving(folder, "--model=hashing", "--log-level=debug") as server:
        for secret in (admin, reader, wrong):
            for method, path, body in (
                ("GET", "/v1/indexes", None),
                ("POST", "/v1/indexes/guarded/search", QUERY),
                ("POST", "/v1/indexes/guarded/search", {"query": 5}),
                ("POST", "/v1/embeddings", {"input": "text", "model": "hashing"}),
                ("GET", "/metrics", None),
                ("GET", f"/v1/indexes/x?key={secret}", None),
            ):
                said += repr(server(method, path, body, Authorization=f"Bearer {secret}")).encode()
        log = server.log.read_bytes()
    assert re.search(rb'"logger": "askew.server.audit"', log)
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for secret in (admin, reader, wrong):
        hidden = secret.rpartition("_")[2].encode() if secret == wrong else secret.split("_", 2)[2].encode()
        assert [place for place in (said, log, *files) if hidden in place] == []
