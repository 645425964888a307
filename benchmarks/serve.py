"""How many requests a second does the server answer, and how fast? Beside a minimal FastAPI + sentence-transformers.

Embeddings, searches and rerankings for 1, 8 and 64 clients, each of which asks again as soon as it is answered. Both
servers run on this machine, one at a time, each with all processors; the clients take some of them. Embeddings: a short
text each. Search: 2,000 passages, exact, ten hits. Rerank: ten passages, by a cross-encoder of the size of
ms-marco-MiniLM-L6-v2 with random weights. The vectors of the crowd are compared with those of texts sent alone.

    python benchmarks/serve.py [--seconds 4] [--clients 1 8 64]
"""

import argparse
import asyncio
import base64
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rerank
from goals import Goal, finish
from reference import MODEL
from texts import mixed

from askew import Document, Index

PASSAGES, HITS, CANDIDATES = 2000, 10, 10
PORT = 7791
GOAL = 4.0
SAME = 1e-5
CROWD = 64


@dataclass(frozen=True)
class Measured:
    """Requests a second, and percentiles of the latency in ms."""

    rate: float
    p50: float
    p95: float
    p99: float


def reference(folder: Path, port: int) -> None:
    """Serve as most people begin: FastAPI, sentence-transformers, an encode for each request."""
    import uvicorn
    from fastapi import FastAPI
    from sentence_transformers import SentenceTransformer

    from askew.models import cards, pull

    model = SentenceTransformer(str(pull.find(cards.get(MODEL))), device="cpu")
    model.max_seq_length = 256
    cross = rerank.sentence_transformer(folder / "cross")
    passages = json.loads((folder / "passages.json").read_text("utf-8"))
    vectors = np.load(folder / "vectors.npy")
    app = FastAPI()

    @app.post("/v1/embeddings")
    def embeddings(body: dict[str, Any]) -> dict[str, Any]:
        made = model.encode([body["input"]], show_progress_bar=False, normalize_embeddings=True)
        return {"data": [{"embedding": base64.b64encode(made[0].tobytes()).decode()}]}

    @app.post("/v1/indexes/bench/search")
    def search(body: dict[str, Any]) -> dict[str, Any]:
        query = model.encode([body["query"]], show_progress_bar=False, normalize_embeddings=True)[0]
        scores = vectors @ query
        best = np.argsort(-scores)[: body["k"]]
        return {"hits": [{"id": str(n), "score": float(scores[n]), "text": passages[n]} for n in best]}

    @app.post("/v1/rerank")
    def reranked(body: dict[str, Any]) -> dict[str, Any]:
        scores = cross.predict([(body["query"], text) for text in body["documents"]], show_progress_bar=False)
        best = np.argsort(-scores)
        return {"results": [{"index": int(n), "relevance_score": float(scores[n])} for n in best]}

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    uvicorn.run(app, port=port, log_level="warning", access_log=False)


def prepare(folder: Path) -> None:
    """Make the index, the random cross-encoder, and what the reference searches."""
    passages = mixed(PASSAGES, longest=60, seed=3)
    with Index.create(folder / "bench", "question-answering", model=MODEL) as index:
        index.add([Document(str(n), text) for n, text in enumerate(passages)])
        vectors = index.sealed.encode_documents(passages)
    (folder / "passages.json").write_text(json.dumps(passages), "utf-8")
    np.save(folder / "vectors.npy", vectors)
    rerank.save(folder / "cross")


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait()


def bodies(kind: str) -> tuple[str, list[bytes]]:
    queries, texts = mixed(500, longest=12, seed=1), mixed(500 * CANDIDATES, longest=60, seed=5)
    if kind == "embeddings":
        given: list[dict[str, Any]] = [{"input": text, "encoding_format": "base64"} for text in queries]
        return "/v1/embeddings", [json.dumps(one).encode() for one in given]
    if kind == "search":
        given = [{"query": text, "k": HITS, "mode": "dense"} for text in queries]
        return "/v1/indexes/bench/search", [json.dumps(one).encode() for one in given]
    given = [
        {"query": query, "documents": texts[n * CANDIDATES : (n + 1) * CANDIDATES]} for n, query in enumerate(queries)
    ]
    return "/v1/rerank", [json.dumps(one).encode() for one in given]


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes) -> bytes:
    fields_sent = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    head = f"POST {path} HTTP/1.1\r\n{fields_sent}\r\n\r\n"
    writer.write(head.encode() + body)
    answered = await reader.readuntil(b"\r\n\r\n")
    if not answered.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answered.decode())
    fields = dict(line.split(": ", 1) for line in answered.decode().lower().strip().split("\r\n")[1:])
    return await reader.readexactly(int(fields["content-length"]))


async def load(port: int, kind: str, clients: int, seconds: float) -> Measured:
    """Let clients ask for some seconds, after one second that is not counted."""
    path, given = bodies(kind)
    taken: list[float] = []
    start = time.perf_counter() + 1
    end = start + seconds

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        turn = number
        while (begun := time.perf_counter()) < end:
            await ask(reader, writer, path, given[turn % len(given)])
            now = time.perf_counter()
            if start <= begun and now <= end:
                taken.append(now - begun)
            turn += clients
        writer.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    p50, p95, p99 = np.percentile(np.array(taken or [np.inf]) * 1000, [50, 95, 99])
    return Measured(len(taken) / seconds, float(p50), float(p95), float(p99))


async def deviation(port: int) -> float:
    """Return how much the vectors of texts that many clients send at once differ from those of each alone."""
    path, given = bodies("embeddings")

    async def vectors(chosen: Sequence[bytes]) -> list[np.ndarray]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        found = []
        for body in chosen:
            answer = json.loads(await ask(reader, writer, path, body))
            found.append(np.frombuffer(base64.b64decode(answer["data"][0]["embedding"]), "<f4"))
        writer.close()
        return found

    alone = await vectors(given[:256])
    crowd = await asyncio.gather(*(vectors(given[n:256:CROWD]) for n in range(CROWD)))
    return max(float(np.abs(crowd[n % CROWD][n // CROWD] - vector).max()) for n, vector in enumerate(alone))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, CROWD])
    parser.add_argument("--reference", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reference:
        reference(Path(options.reference), PORT)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        askew = [str(Path(sys.executable).with_name("askew")), "serve", name, "--port", str(PORT), "--log-level",
                 "warning", "--reranker", str(folder / "cross")]  # fmt: skip
        servers = {"askew": askew, "reference": [sys.executable, __file__, "--reference", name]}
        found: dict[tuple[str, str, int], Measured] = {}
        differ = 0.0
        for server, command in servers.items():
            with running(command, PORT):
                if server == "askew":
                    differ = asyncio.run(deviation(PORT))
                for kind in ("embeddings", "search", "rerank"):
                    for clients in options.clients:
                        one = asyncio.run(load(PORT, kind, clients, options.seconds))
                        found[server, kind, clients] = one
                        print(
                            f"{server:<10} {kind:<10} {clients:>3} clients  {one.rate:8.1f}/s  "
                            f"p50 {one.p50:7.1f}  p95 {one.p95:7.1f}  p99 {one.p99:7.1f} ms", flush=True,
                        )  # fmt: skip
    most = max(options.clients)
    ratios = {kind: found["askew", kind, most].rate / found["reference", kind, most].rate
              for kind in ("embeddings", "search", "rerank")}  # fmt: skip
    goals = [Goal(f"{kind}, {most} clients, times the reference", ratio, GOAL, "x") for kind, ratio in ratios.items()]
    finish([*goals, Goal("largest difference of a vector in a crowd", differ, SAME, most=True)])


if __name__ == "__main__":
    main()
