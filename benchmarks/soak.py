"""Does the server stay the same under full load, and does it lose or show half of anything when it is killed?

Clients read and write for minutes. Every write replaces a set of documents by the next version of it; a search, or a
request for the documents, must find all of a set in one version, and none older than the last that was acknowledged
before. Then the server is killed and started again under load, and each set must still be in the last acknowledged
version or a later one that was sent. Memory is printed every 30 seconds, and its slope judged after a warm-up: before
the kills, because memory begins anew with each.

    python benchmarks/soak.py [--minutes 10] [--kills 5] [--readers 12] [--writers 4] [--model all-MiniLM-L6-v2]
"""

import argparse
import http.client
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from goals import Goal, finish
from servers import PORT, wait
from texts import mixed

SETS, MEMBERS = 40, 5
WARM = 0.35
"""Share of the time before the kills that is not judged: caches fill."""
UNKILLED = 0.7
"""Share of the time before the first kill."""
SLOPE = 0.5
"""Growth in MB a minute that counts as flat."""
EVERY = 30.0  # seconds
BUSY = (429, 503)
INDEX = "/v1/indexes/soak"


@dataclass
class Versions:
    """Versions of one set. sent: the last one sent; acknowledged: the last one answered."""

    sent: int = 0
    acknowledged: int = 0


@dataclass
class Record:
    """What happened. faults: sentences."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str) -> None:
        with self.turn:
            self.counts[name] += 1

    def fault(self, kind: str, what: str) -> None:
        with self.turn:
            self.counts[kind] += 1
            self.faults.append(f"{kind}: {what}")


class Client:
    """A connection that is opened again when the server is."""

    def __init__(self, port: int, over: threading.Event) -> None:
        self._port = port
        self._over = over
        self._open: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any] | None:
        """Return status and body, None if the server is gone."""
        if self._open is None:
            self._open = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        data = None if body is None else json.dumps(body)
        named = {"Content-Type": "application/json", **{key.replace("_", "-"): one for key, one in headers.items()}}
        try:
            self._open.request(method, path, data, named)
            answer = self._open.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            self._open.close()
            self._open = None
            self._over.wait(0.05)
            return None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *error: object) -> None:
        if self._open is not None:
            self._open.close()


@dataclass(frozen=True)
class Soak:
    """The load. texts: of which documents are made. versions: by set."""

    port: int
    texts: Sequence[str]
    versions: Sequence[Versions]
    record: Record
    over: threading.Event

    def document(self, number: int, member: int, version: int) -> dict[str, Any]:
        text = self.texts[(number * 7 + member * 3 + version) % len(self.texts)]
        return {
            "id": f"{number}-{member}",
            "text": f"set{number}x {text} v{version}",
            "metadata": {"set": number, "version": version},
        }

    def write(self, seed: int, own: Sequence[int]) -> None:
        """Replace one of these sets after another, which nobody else writes."""
        rng = random.Random(seed)
        with Client(self.port, self.over) as client:
            while not self.over.is_set():
                self.replace(client, rng.choice(own))

    def replace(self, client: Client, number: int) -> None:
        """Replace a set by its next version, and ask again with the same key until that is answered."""
        held = self.versions[number]
        held.sent += 1
        body = {"documents": [self.document(number, member, held.sent) for member in range(MEMBERS)]}
        while not self.over.is_set():
            answer = client.ask("POST", f"{INDEX}/documents", body, Idempotency_Key=f"{number}-{held.sent}")
            if answer is not None and answer[0] == 200:
                held.acknowledged = held.sent
                self.record.count("repeated writes" if answer[1].get("repeated") else "writes")
                return
            self.record.count("unanswered writes" if answer is None else f"writes answered {answer[0]}")
            if answer is not None and answer[0] not in BUSY:
                self.record.fault("refused", str(answer)[:300])

    def read(self, seed: int) -> None:
        """Read sets in every way, and judge what is seen of them."""
        rng = random.Random(seed)
        with Client(self.port, self.over) as client:
            while not self.over.is_set():
                number = rng.randrange(SETS)
                kind, request = self.request(rng, number)
                least = self.versions[number].acknowledged
                answer = client.ask(*request)
                self.seen(kind, number, answer, least, self.versions[number].sent)

    def seen(self, kind: str, number: int, answer: tuple[int, Any] | None, least: int, most: int) -> None:
        """Count an answer, and judge it."""
        if answer is None:
            self.record.count("unanswered reads")
        elif answer[0] == 200:
            self.record.count(kind)
            if kind in ("documents", "lexical", "dense", "hybrid"):
                self.judge(kind, number, answer[1], least, most)
        else:
            self.record.count(f"reads answered {answer[0]}")
            if answer[0] not in BUSY and not (answer[0] == 404 and not least):
                self.record.fault("refused", f"{kind} {str(answer)[:300]}")

    def request(self, rng: random.Random, number: int) -> tuple[str, tuple[Any, ...]]:
        kind = rng.choice(("documents", "lexical", "dense", "dense", "hybrid", "embeddings", "rerank", "similar"))
        text = rng.choice(self.texts)
        if kind == "documents":
            ids = "&".join(f"id={number}-{member}" for member in range(MEMBERS))
            return kind, ("GET", f"{INDEX}/documents?{ids}")
        if kind == "embeddings":
            return kind, ("POST", "/v1/embeddings", {"input": [text] * rng.choice((1, 1, 8))})
        if kind == "rerank":
            return kind, ("POST", "/v1/rerank", {"query": text, "documents": rng.sample(self.texts, 5)})
        if kind == "similar":
            return kind, ("POST", f"{INDEX}/similar", {"text": text})
        # The word of the set alone would find it by words only, so that a filter chooses it.
        body = {"query": f"set{number}x {text}", "k": 50, "mode": kind, "where": {"set": number}}
        return kind, ("POST", f"{INDEX}/search", body)

    def judge(self, kind: str, number: int, body: Any, least: int, most: int) -> None:
        """Check that a whole set was seen, in one version between the two."""
        found = body["documents"] if kind == "documents" else body["hits"]
        versions = Counter(one["metadata"]["version"] for one in found)
        if not found and not least:
            return
        if len(versions) != 1 or len(found) != MEMBERS:
            self.record.fault("half states", f"{kind} of set {number}: {dict(versions)}, acknowledged {least}")
        elif not least <= next(iter(versions)) <= most:
            self.record.fault("lost writes", f"{kind} of set {number}: {dict(versions)}, not {least} to {most}")


def start(folder: Path, model: str, port: int) -> "subprocess.Popen[bytes]":
    askew = str(Path(sys.executable).with_name("askew"))
    options = ["--port", str(port), "--model", model, "--reranker", model, "--log-level", "warning"]
    with (folder / "soak.log").open("ab") as file:
        process = subprocess.Popen([askew, "serve", str(folder), *options], stderr=file)
    wait(process, port)
    return process


def memory(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """Return the resident memory of a process in MB: its own, and the pages of files, which the system takes back."""
    lines = Path(f"/proc/{process.pid}/status").read_text("ascii").splitlines()
    held = {line.split()[0]: float(line.split()[1]) / 1024 for line in lines if line.startswith("Rss")}
    return held["RssAnon:"], held["RssFile:"]


def watched(process: "subprocess.Popen[bytes]", soak: Soak, seconds: float) -> list[tuple[float, float, float]]:
    """Print memory and the number of answers while time passes, and return seconds and memory; see `memory`."""
    begun, samples, printed = time.monotonic(), list[tuple[float, float, float]](), -EVERY
    while (passed := time.monotonic() - begun) < seconds:
        samples.append((passed, *memory(process)))
        if passed - printed >= EVERY:
            printed = passed
            _, own, files = samples[-1]
            done = soak.record.counts.total()
            print(f"{passed:6.0f} s  {own:7.1f} MB  {files:6.1f} MB of files  {done:7d} requests", flush=True)
        time.sleep(min(1.0, seconds / 20))
    return samples


def killed(process: "subprocess.Popen[bytes]", folder: Path, model: str, port: int) -> "subprocess.Popen[bytes]":
    """Kill the server, and start it again on what is there."""
    process.kill()
    process.wait()
    begun = time.monotonic()
    process = start(folder, model, port)
    print(f"killed, and answering again after {time.monotonic() - begun:.1f} s", flush=True)
    return process


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """Return the growth of memory in MB a minute after the warm-up: the median of the slopes of all pairs of samples,
    which are seconds and MB (Theil 1950; Sen 1968), as a write or an optimisation needs more for a moment.
    """
    late = np.array([one for one in samples if one[0] >= WARM * samples[-1][0]])
    first, second = np.triu_indices(len(late), 1)
    minutes, grown = ((late[second] - late[first]) / (60, 1)).T
    return float(np.median(grown / minutes))


def lost(soak: Soak) -> int:
    """Return the number of sets that are not whole, or older than acknowledged, once all is quiet."""
    wrong = len(soak.record.faults)
    with Client(soak.port, threading.Event()) as client:
        for number, held in enumerate(soak.versions):
            ids = "&".join(f"id={number}-{member}" for member in range(MEMBERS))
            answer = client.ask("GET", f"{INDEX}/documents?{ids}")
            if answer is not None and answer[0] == 200:
                soak.judge("documents", number, answer[1], held.acknowledged, held.sent)
            elif held.acknowledged:
                soak.record.fault("lost writes", f"set {number} is gone: {answer}")
    return len(soak.record.faults) - wrong


def run(folder: Path, options: argparse.Namespace) -> tuple[Record, float, float]:
    """Return what happened, and the slopes of the server's own memory and of that of files."""
    seconds, port, over = options.minutes * 60, options.port, threading.Event()
    process = start(folder, options.model, port)
    about = {"name": "soak", "task": "question-answering", "model": options.model}
    with Client(port, over) as client:
        client.ask("POST", "/v1/indexes", about)
    soak = Soak(port, mixed(400, longest=40, seed=9), [Versions() for _ in range(SETS)], Record(), over)
    own = [range(n, SETS, options.writers) for n in range(options.writers)]
    load = [threading.Thread(target=soak.write, args=(seed, sets)) for seed, sets in enumerate(own)]
    load += [threading.Thread(target=soak.read, args=(100 + seed,)) for seed in range(options.readers)]
    for one in load:
        one.start()
    try:
        samples = watched(process, soak, seconds * UNKILLED)
        for _ in range(options.kills):
            time.sleep(random.Random(options.kills).uniform(0.5, 1) * seconds * (1 - UNKILLED) / options.kills)
            process = killed(process, folder, options.model, port)
        time.sleep(seconds * (1 - UNKILLED) / 10)
    finally:
        over.set()
        for one in load:
            one.join()
    lost(soak)
    process.terminate()
    process.wait()
    own, files = ([(one[0], one[column]) for one in samples] for column in (1, 2))
    return soak.record, slope(own), slope(files)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--readers", type=int, default=12)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--model", default="all-MiniLM-L6-v2")
    parser.add_argument("--port", type=int, default=PORT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        record, growth, files = run(Path(name), options)
    for kind, count in sorted(record.counts.items()):
        print(f"{count:8d} {kind}")
    for fault in record.faults[:20]:
        print(fault)
    print(f"growth of the pages of files, which the system takes back: {files:.2f} MB/min")
    finish(
        [
            Goal("acknowledged writes lost", record.counts["lost writes"], 0, most=True),
            Goal("answers from a half state", record.counts["half states"], 0, most=True),
            Goal("requests refused", record.counts["refused"], 0, most=True),
            Goal("growth of memory", growth, SLOPE, " MB/min", most=True),
        ]
    )


if __name__ == "__main__":
    main()
