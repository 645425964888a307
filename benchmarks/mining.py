"""All pairs at or above a threshold: askew against paraphrase_mining and FAISS range_search, in one run.

The vectors are made (`synthetic.py`), 384 wide, with groups planted among them, one of 150; the real ones are all
texts of quora-dups-sample in all-MiniLM-L6-v2. They lie in a file that every engine reads; each engine has a process to
itself, one after the other, and all cores. What is true comes from brute force: every inner product in float32, and
those within rounding of the threshold in float64.

    python benchmarks/mining.py [--rows 20000 100000 300000] [--without quora brute paraphrase_mining faiss]

The others take as long for one threshold as for another, so each runs once, with its defaults.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from goals import Goal, finish
from numpy.typing import NDArray
from synthetic import Mixture

DIM, THRESHOLDS, BUDGET = 384, (0.8, 0.9), 1024
GROUPS = 100
"""One group in so many vectors is planted, of 2 to 6; and one of 150."""
NEW = 1000
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "quora-dups-sample"

Matrix = NDArray[np.float32]
Pairs = NDArray[np.int64]


@dataclass
class Result:
    """right: of the pairs, those that are true. peak: the process's greatest memory, MiB. note: what else it says."""

    engine: str
    threshold: float
    seconds: float
    peak: float
    pairs: int
    right: int = 0
    note: str = ""


def planted(path: Path, rows: int) -> None:
    """Group members are the first of them turned by up to about 45 degrees."""
    rng = np.random.default_rng(3)
    Mixture(DIM).write(path, rows)
    vectors = np.memmap(path, "<f4", "r+", shape=(rows, DIM))
    sizes = [150, *rng.integers(2, 7, rows // GROUPS).tolist()]
    places = rng.choice(rows, sum(sizes), replace=False)
    for size in sizes:
        group, places = places[:size], places[size:]
        noise = rng.normal(size=(size, DIM)) * (rng.uniform(0.1, 0.6) / DIM**0.5)
        made = vectors[group[0]] + noise
        vectors[group] = made / np.linalg.norm(made, axis=1, keepdims=True)
    vectors.flush()


def quora(path: Path) -> int:
    from askew.encoders.loading import load
    from askew.models import cards
    from askew.types import Role

    texts = [
        json.loads(line)["text"]
        for name in ("corpus.jsonl", "queries.jsonl")
        for line in (DATA / name).read_text("utf-8").splitlines()
    ]
    encoder = load(cards.get("all-MiniLM-L6-v2"), "duplicate-questions", "fp32")
    encoder.encode(texts, Role.DOCUMENT).vectors.astype("<f4").tofile(path)
    return len(texts)


def mapped(path: Path, rows: int) -> Matrix:
    return np.memmap(path, "<f4", "r", shape=(rows, DIM))


def askew(path: Path, rows: int, threshold: float) -> tuple[Pairs, str]:
    from askew.dedup.exact.pairs import pairs
    from askew.dedup.exact.vectors import OnDisk

    found = pairs(OnDisk(path, rows, DIM), threshold, memory=BUDGET // 2 << 20)
    proof = found.certificate
    return found.keys, (
        f"{proof.dimensions} dimensions ruled out {(proof.bound + proof.length) / max(proof.possible, 1):.5%}, "
        f"{proof.computed:,} computed in full"
    )


def brute(path: Path, rows: int, threshold: float) -> tuple[Pairs, str]:
    vectors, found, step = np.asarray(mapped(path, rows)), [np.empty((0, 2), np.int64)], 2048
    for low in range(0, rows, step):
        scores = vectors[low : low + step] @ vectors[low:].T
        a, b = np.nonzero(scores >= threshold - 1e-5)
        a, b = (a + low)[a < b], (b + low)[a < b]
        exact = np.einsum("ij,ij->i", vectors[a].astype(np.float64), vectors[b].astype(np.float64))
        found.append(np.stack([a, b], axis=1)[exact >= threshold])
    return np.concatenate(found), ""


def paraphrase_mining(path: Path, rows: int, threshold: float) -> tuple[Pairs, str]:
    import torch
    from sentence_transformers.util import paraphrase_mining_embeddings

    told = paraphrase_mining_embeddings(torch.from_numpy(np.array(mapped(path, rows))))
    return np.array([sorted(pair) for score, *pair in told if score >= threshold], np.int64).reshape(-1, 2), ""


def faiss(path: Path, rows: int, threshold: float) -> tuple[Pairs, str]:
    import faiss as peer

    vectors = np.array(mapped(path, rows))
    index = peer.IndexFlatIP(DIM)
    index.add(vectors)
    limits, _, labels = index.range_search(vectors, threshold)
    a = np.repeat(np.arange(rows), np.diff(limits.astype(np.int64)))
    return np.stack([a, labels], axis=1)[a < labels], ""


ENGINES: dict[str, Callable[[Path, int, float], tuple[Pairs, str]]] = {
    "brute": brute,
    "askew": askew,
    "faiss": faiss,
    "paraphrase_mining": paraphrase_mining,
}


ONCE = ("brute", "faiss", "paraphrase_mining")


def run_one(engine: str, path: Path, rows: int, threshold: float, out: Path) -> None:
    warm(engine)
    start = time.perf_counter()
    found, note = ENGINES[engine](path, rows, threshold)
    seconds = time.perf_counter() - start
    np.save(out, found)
    print(json.dumps(asdict(Result(engine, threshold, seconds, peak(), len(found), note=note))))


def peak() -> float:
    """Of this process; what `getrusage` tells begins with that of the process which started it."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def warm(engine: str) -> None:
    """Imports are no part of the time."""
    if engine == "paraphrase_mining":
        import sentence_transformers.util  # noqa: F401
    if engine == "faiss":
        import faiss as peer  # noqa: F401
    if engine == "askew":
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401


def measured(engine: str, path: Path, rows: int, threshold: float) -> tuple[Result, Pairs]:
    out = path.with_suffix(f".{engine}.npy")
    command = [sys.executable, __file__, "--child", engine, str(path), str(rows), str(threshold), str(out)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Result(**json.loads(told.stdout.splitlines()[-1])), np.load(out)


def compared(name: str, path: Path, rows: int, engines: list[str]) -> Iterator[Result]:
    print(f"\n{name}: {rows:,} x {DIM}, {rows * (rows - 1) // 2:,} pairs", flush=True)
    print(f"{'':<20}{'t':>5}{'seconds':>10}{'peak MiB':>10}{'pairs':>10}{'of the true':>12}")
    once: dict[str, tuple[Result, Pairs]] = {}
    for threshold in THRESHOLDS:
        truth = np.empty((0, 2), np.int64)
        for engine in engines:
            if engine in ONCE and engine not in once:
                once[engine] = measured(engine, path, rows, min(THRESHOLDS))
            result, found = once.get(engine) or measured(engine, path, rows, threshold)
            if engine in ONCE:
                found = found[_scores(path, rows, found) >= threshold]
                result = Result(engine, threshold, result.seconds, result.peak, len(found), note=result.note)
            if engine == engines[0]:
                truth = found
            result.right = len(np.intersect1d(_codes(found, rows), _codes(truth, rows)))
            share = result.right / max(len(truth), 1)
            print(
                f"{engine:<20}{threshold:>5}{result.seconds:>10.2f}{result.peak:>10.0f}{result.pairs:>10,}{share:>12.4%}"
                f"  {result.note}",
                flush=True,
            )
            yield result


def _codes(pairs: Pairs, rows: int) -> NDArray[np.int64]:
    return np.unique(pairs.min(axis=1) * rows + pairs.max(axis=1)) if len(pairs) else np.empty(0, np.int64)


def _scores(path: Path, rows: int, pairs: Pairs) -> NDArray[np.float64]:
    vectors = mapped(path, rows)
    return np.einsum("ij,ij->i", vectors[pairs[:, 0]].astype(np.float64), vectors[pairs[:, 1]].astype(np.float64))


def append(path: Path, rows: int) -> tuple[float, float]:
    """Seconds for all of the vectors, and for the last 1,000 of them once the others are done."""
    from askew.dedup.exact.begin import Keep
    from askew.dedup.exact.pairs import pairs
    from askew.dedup.exact.vectors import OnDisk

    with tempfile.TemporaryDirectory() as folder:
        seconds = []
        for keep, count in (("whole", rows), ("grown", rows - NEW), ("grown", rows)):
            start = time.perf_counter()
            found = pairs(OnDisk(path, count, DIM), THRESHOLDS[0], keep=Keep(Path(folder) / keep, "x"))
            seconds.append(time.perf_counter() - start)
    print(
        f"\n{rows:,} x {DIM}: {seconds[0]:.2f} s, of which the last {NEW:,}, added later: {seconds[2]:.3f} s",
        flush=True,
    )
    assert len(found.keys)
    return seconds[0], seconds[2]


def goals(name: str, results: list[Result]) -> Iterator[Goal]:
    for threshold in THRESHOLDS:
        here = {result.engine: result for result in results if result.threshold == threshold}
        mine = here["askew"]
        where = f"{name}, t = {threshold}"
        if "brute" in here:
            truth = here["brute"].pairs
            yield Goal(f"{where}: pairs missing or wrong", 2 * max(truth, mine.pairs) - 2 * mine.right, 0, most=True)
        for peer, goal in (("paraphrase_mining", 10), ("faiss", 3)):
            if peer in here:
                yield Goal(f"{where}: times as fast as {peer}", here[peer].seconds / mine.seconds, goal)
        yield Goal(f"{where}: peak memory", mine.peak, BUDGET, " MiB", most=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="*", default=[20_000, 100_000, 300_000])
    parser.add_argument("--without", nargs="*", default=[], choices=["quora", *ENGINES])
    parser.add_argument("--child", nargs=5)
    given = parser.parse_args()
    if given.child:
        engine, path, rows, threshold, out = given.child
        run_one(engine, Path(path), int(rows), float(threshold), Path(out))
        return
    engines = [engine for engine in ENGINES if engine not in given.without]
    reached, seconds = [], {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.f32"
        if "quora" not in given.without and DATA.is_dir():
            results = list(compared("quora-dups-sample", path, quora(path), engines))
            reached += goals("quora", results)
        for rows in given.rows:
            planted(path, rows)
            results = list(compared("planted", path, rows, engines))
            seconds[rows] = next(result.seconds for result in results if result.engine == "askew")
            reached += goals(f"{rows:,}", results)
            if rows == 100_000:
                whole, added = append(path, rows)
                reached.append(
                    Goal(f"adding {NEW:,} to {rows:,}, of the whole", 100 * added / whole, 5, " %", most=True)
                )
    small, large = 100_000, 300_000
    if {small, large} <= set(seconds):
        print(
            f"\nFrom 100,000 to 300,000 the time grows {seconds[large] / seconds[small]:.1f} times; pairs grow 9 times."
        )
    finish(reached)


if __name__ == "__main__":
    main()
