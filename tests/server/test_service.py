"""The server as a service: jobs, metrics, logs, load, clients that go away, and stopping."""

import asyncio
import json
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import uvicorn
from helpers.cli import process, refused
from helpers.server import Response, Server, serving
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from askew import Index
from askew.server.app import timed_protocol
from askew.server.jobs import FEW

MINI = "all-MiniLM-L6-v2"


def test_health(server: Server) -> None:
    assert server.get("/health").body["status"] == "ok"
    assert server.get("/ready").body == {"ready": True}


def test_duplicates_and_clusters_are_jobs(server: Server, empty: str) -> None:
    texts = [f"{animal} {verb} here" for animal in ("dogs", "cats", "cows") for verb in ("bark", "bark", "sleep")]
    given = [{"id": str(n), "text": text} for n, text in enumerate(texts)]
    server.post(f"{empty}/documents", {"documents": given})
    started = server.post(f"{empty}/duplicates", {"threshold": 0.99})
    assert started.status == 202
    job = server.wait(started.headers["location"])
    assert job["status"] == "done"
    assert {(pair["a"]["id"], pair["b"]["id"]) for pair in job["result"]["pairs"]} == {
        ("0", "1"),
        ("3", "4"),
        ("6", "7"),
    }
    grouped = server.wait(server.post(f"{empty}/duplicates", {"groups": True}).headers["location"])
    assert grouped["result"]["groups"]
    themes = server.wait(server.post(f"{empty}/clusters", {"clusters": 3}).headers["location"])
    assert len(themes["result"]["clusters"]) == 3
    failed = server.wait(server.post(f"{empty}/clusters", {"method": "nothing"}).headers["location"])
    assert (failed["status"], failed["error"]["type"]) == ("failed", "UnknownNameError")
    assert server("DELETE", started.headers["location"]).body["status"] == "done"
    assert started.body["id"] in [one["id"] for one in server.get("/v1/jobs").body["jobs"]]
    assert server.get("/v1/jobs/nothing").status == 404


def test_metrics_and_logs_hold_no_texts(server: Server, book: str) -> None:
    secret = "xyzzy-secret-text"
    server.post(f"{book}/search", {"query": secret})
    server.get(f"/{secret}")
    metrics = server.get("/metrics").body
    assert 'askew_requests_total{method="POST",path="/v1/indexes/{name}/search",status="200"}' in metrics
    assert "askew_batch_texts_bucket" in metrics
    log = server.log.read_text("utf-8")
    assert secret not in metrics + log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"method", "path", "status", "ms"} <= set(lines[-1])


def test_a_crowd_gets_the_vectors_of_each_alone(server: Server) -> None:
    texts = ["word " * (n % 9 + 1) + str(n) for n in range(120)]

    def vector(text: str) -> list[float]:
        found = server.post("/v1/embeddings", {"input": text, "model": MINI}).body
        return list(found["data"][0]["embedding"])

    alone = np.array([vector(text) for text in texts[:30]])
    with ThreadPoolExecutor(24) as pool:
        crowd = np.array(list(pool.map(vector, texts)))
    assert np.abs(crowd[:30] - alone).max() <= 1e-6


def test_searches_and_writes_at_once(server: Server, empty: str) -> None:
    def write(number: int) -> Response:
        return server.post(f"{empty}/documents", {"documents": [{"id": str(number), "text": f"parrot {number}"}]})

    def search(number: int) -> Response:
        return server.post(f"{empty}/search", {"query": "parrot", "k": 50})

    with ThreadPoolExecutor(12) as pool:
        answers = [*pool.map(write, range(15)), *pool.map(search, range(30))]
    assert {answer.status for answer in answers} == {200}
    assert len(search(0).body["hits"]) == 15


def test_clients_that_go_away_or_dawdle_hurt_nobody(server: Server, book: str) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    body = json.dumps({"input": ["some words"] * 500, "model": MINI}).encode()
    about = f"Host: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    head = f"POST /v1/embeddings HTTP/1.1\r\n{about}\r\n\r\n"
    slow = [socket.create_connection((host, int(port))) for _ in range(310)]
    for one in slow[:10]:
        one.sendall(head.encode() + body)
        one.close()
    for one in slow[10:]:
        one.sendall(head.encode()[:40])
    assert server.post(f"{book}/search", {"query": "dogs"}).status == 200
    for one in slow[10:]:
        one.close()
    while 'askew_queue_depth{queue="encoders"} 0.0' not in server.get("/metrics").body:
        time.sleep(0.05)


def test_headers_that_do_not_arrive_are_not_waited_for() -> None:
    async def answered(sent: bytes) -> bytes:
        settings = uvicorn.Config(app, http=timed_protocol(0.3), log_config=None)
        settings.load()
        state = ServerState()
        made = lambda: settings.http_protocol_class(settings, state, {})  # noqa: E731
        server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for part in (sent[:-3], sent[-3:]):
            writer.write(part)
            await asyncio.sleep(0.05)
        found = await reader.read()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return found

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.6)  # longer than headers may take
        await send({"type": "http.response.start", "status": 204, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body"})

    whole = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
    assert asyncio.run(answered(whole)).startswith(b"HTTP/1.1 204")
    for some in (b"GET / HTTP/1.1\r\nHost: he", b"GET"):
        assert asyncio.run(answered(some)).startswith(b"HTTP/1.1 408")


def test_what_was_replaced_takes_no_space_for_ever(server: Server, empty: str) -> None:
    for version in range(3):
        given = [{"id": str(n), "text": f"text {n} {version}"} for n in range(FEW)]
        assert server.post(f"{empty}/documents", {"documents": given}).status == 200
    with Index.open(server.folder / empty.rsplit("/", 1)[1]) as index:
        keys = index.store.keys()
        while keys[-1] - keys[0] + 1 > FEW or index.check():  # until both times are over
            time.sleep(0.05)
            keys = index.store.keys()


def test_stopping_finishes_what_has_begun(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served", f"--model={MINI}") as one:
        one.post("/v1/embeddings", {"input": "warm"})
        texts = ["a sentence of some length " * 20 + str(n) for n in range(100)]
        answers: list[Response] = []
        asking = threading.Thread(target=lambda: answers.append(one.post("/v1/embeddings", {"input": texts})))
        asking.start()
        while 'askew_queue_depth{queue="encoders"} 0.0' in one.get("/metrics").body and not answers:
            time.sleep(0.01)
        one.process.send_signal(signal.SIGTERM)
        asking.join()
        assert one.process.wait(60) == 0
        assert answers[0].status == 200


def test_what_cannot_be_served_is_refused(tmp_path: Path) -> None:
    refused(process("serve", "nothing", cwd=tmp_path), "nothing")
    refused(process("serve", ".", "--model", "no-such-model", cwd=tmp_path), "no-such-model")
    refused(process("serve", ".", "--default-role", "judge", cwd=tmp_path), "judge")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused(process("serve", ".", "--port", str(taken.getsockname()[1]), cwd=tmp_path), "--port")


def test_a_default_role_is_named_in_the_answer(tmp_path: Path) -> None:
    from helpers.server import ROLES_CARD

    (tmp_path / "served").mkdir()
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "hashing-roles.toml").write_text(ROLES_CARD)
    options = ("--model=hashing-roles", "--default-role=query")
    with serving(tmp_path / "served", *options, cards=tmp_path / "cards") as one:
        found = one.post("/v1/embeddings", {"input": "x"})
        assert found.headers["x-askew-role"] == "query; default"
        assert found.body["askew"]["role_assumed"] is True
