"""How many requests a second does the server answer, and how fast? Beside a minimal FastAPI + sentence-transformers,
and infinity where it is installed.

Embeddings, searches and rerankings for 1, 8 and 64 clients, each of which asks again as soon as it is answered. The
servers run on this machine, one at a time, each with all processors; the clients take some of them. Embeddings: a short
text each. Search: 2,000 passages, exact, ten hits (infinity has none). Rerank: ten passages, by a cross-encoder of the
size of ms-marco-MiniLM-L6-v2 with random weights. The vectors of the crowd are compared with those of texts sent alone.
askew comes a second time in int8, which no goal is set for.

Last comes infinity's own protocol, ten requests of 256 sentences at once; theirs repeat one request, and have about 450
tokens a sentence, where these differ and have 3 to 250 words.

    python benchmarks/serve.py [--seconds 4] [--clients 1 8 64] [--infinity PATH/TO/infinity_emb]
"""

import argparse
import asyncio
import base64
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from goals import Goal, finish
from servers import HITS, PORT, Server, prepare, reference, running, servers
from texts import mixed

CANDIDATES = 10
BULK, SENTENCES = 10, 256
GOALS = {"reference": 4.0, "infinity": 1.5}
SAME, ALIKE = 1e-5, 1e-3
CROWD = 64


@dataclass(frozen=True)
class Measured:
    """Requests a second, and percentiles of the latency in ms."""

    rate: float
    p50: float
    p95: float
    p99: float


def questions(kind: str) -> list[dict[str, Any]]:
    """Return what is asked, in askew's form."""
    queries, texts = mixed(500, longest=12, seed=1), mixed(500 * CANDIDATES, longest=60, seed=5)
    if kind == "embeddings":
        return [{"input": text, "encoding_format": "base64"} for text in queries]
    if kind == "search":
        return [{"query": text, "k": HITS, "mode": "dense"} for text in queries]
    return [
        {"query": query, "documents": texts[n * CANDIDATES : (n + 1) * CANDIDATES]} for n, query in enumerate(queries)
    ]


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes) -> bytes:
    fields_sent = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    head = f"POST {path} HTTP/1.1\r\n{fields_sent}\r\n\r\n"
    writer.write(head.encode() + body)
    answered = await reader.readuntil(b"\r\n\r\n")
    if not answered.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answered.decode())
    fields = dict(line.split(": ", 1) for line in answered.decode().lower().strip().split("\r\n")[1:])
    return await reader.readexactly(int(fields["content-length"]))


async def load(server: Server, kind: str, clients: int, seconds: float) -> Measured:
    """Let clients ask, and count the answers of some seconds, or of as long as each client waits for one.

    The first second does not count, nor what comes before each client was answered.
    """
    given = [server.body(kind, one) for one in questions(kind)]
    path, taken = server.paths[kind], list[tuple[float, float]]()
    over = asyncio.Event()

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        turn = number
        while not over.is_set():
            begun = time.perf_counter()
            await ask(reader, writer, path, given[turn % len(given)])
            taken.append((begun, time.perf_counter()))
            turn += clients
        writer.close()

    async def answered(count: int, least: float) -> float:
        """Wait for answers and for seconds, and return when that was."""
        end = time.perf_counter() + least
        while len(taken) < count or time.perf_counter() < end:
            await asyncio.sleep(0.01)
        return time.perf_counter()

    crowd = asyncio.gather(*(client(number) for number in range(clients)))
    start = await answered(clients, 1)
    end = await answered(len(taken) + clients, seconds)
    over.set()
    await crowd
    latencies = [done - begun for begun, done in taken if start <= done <= end]
    p50, p95, p99 = np.percentile(np.array(latencies) * 1000, [50, 95, 99])
    return Measured(len(latencies) / (end - start), float(p50), float(p95), float(p99))


async def embedded(server: Server, bodies: Sequence[bytes]) -> list[np.ndarray]:
    """Return the vectors for each of these requests, sent one after another."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 24)
    answers = [json.loads(await ask(reader, writer, server.paths["embeddings"], body)) for body in bodies]
    writer.close()
    rows = [[base64.b64decode(row["embedding"]) for row in answer["data"]] for answer in answers]
    return [np.frombuffer(b"".join(row), "<f4").reshape(len(row), -1) for row in rows]


async def in_a_crowd(server: Server) -> tuple[np.ndarray, np.ndarray]:
    """Return the vectors of texts that are sent alone, and of the same texts sent by many clients at once."""
    bodies = [server.body("embeddings", one) for one in questions("embeddings")[:256]]
    alone = np.concatenate(await embedded(server, bodies))
    crowd = await asyncio.gather(*(embedded(server, bodies[n::CROWD]) for n in range(CROWD)))
    return alone, np.concatenate([crowd[n % CROWD][n // CROWD] for n in range(len(bodies))])


async def bulk(server: Server) -> float:
    """Return the seconds that ten requests of 256 sentences take at once."""
    texts = mixed(BULK * SENTENCES, seed=11)
    parts = [texts[start : start + SENTENCES] for start in range(0, len(texts), SENTENCES)]
    bodies = [server.body("embeddings", {"input": part, "encoding_format": "base64"}) for part in parts]
    start = time.perf_counter()
    await asyncio.gather(*(embedded(server, [body]) for body in bodies))
    return time.perf_counter() - start


def measured(name: str, server: Server, clients: Sequence[int], seconds: float) -> dict[tuple[str, int], Measured]:
    found: dict[tuple[str, int], Measured] = {}
    for kind in server.paths:
        for count in clients:
            one = found[kind, count] = asyncio.run(load(server, kind, count, seconds))
            print(
                f"{name:<10} {kind:<10} {count:>3} clients  {one.rate:8.1f}/s  "
                f"p50 {one.p50:7.1f}  p95 {one.p95:7.1f}  p99 {one.p99:7.1f} ms", flush=True,
            )  # fmt: skip
    return found


def goals(rates: dict[str, dict[str, float]], apart: float, differ: dict[str, float]) -> list[Goal]:
    """rates: of each server, by what was asked."""
    found = [
        Goal(f"{kind}, times the {other}", rates["askew"][kind] / rate, goal, "x")
        for other, goal in GOALS.items()
        for kind, rate in rates.get(other, {}).items()
    ]
    found += [Goal(f"largest difference from the vectors of {other}", far, ALIKE, most=True)
              for other, far in differ.items()]  # fmt: skip
    return [*found, Goal("largest difference of a vector in a crowd", apart, SAME, most=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(".")[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, CROWD])
    parser.add_argument("--infinity", default=shutil.which("infinity_emb") or "", help="Its command.")
    parser.add_argument("--reference", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reference:
        reference(Path(options.reference), PORT)
        return
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        rates: dict[str, dict[str, float]] = {}
        vectors: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for title, server in servers(Path(name), options.infinity).items():
            with running(server.command):
                vectors[title] = asyncio.run(in_a_crowd(server))
                found = measured(title, server, options.clients, options.seconds)
                taken = asyncio.run(bulk(server))
                print(f"{title:<10} {BULK} requests of {SENTENCES} sentences  {taken:.1f} s", flush=True)
            most = max(options.clients)
            rates[title] = {f"{kind}, {most} clients": found[kind, most].rate for kind in server.paths}
    alone, crowd = vectors.pop("askew")
    differ = {other: float(np.abs(theirs - alone).max()) for other, (theirs, _) in vectors.items() if other in GOALS}
    finish(goals(rates, float(np.abs(alone - crowd).max()), differ))


if __name__ == "__main__":
    main()
