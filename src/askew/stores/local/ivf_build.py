"""Building and tuning of approximate search until it reaches the target recall, once it pays off: of the IVF index
(`askew.stores.local.ivf`), and of the candidates by Hamming distance (`askew.stores.local.hamming`).
"""

import math
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.progress import Progress, Report, silent
from askew.quantisation import Precision
from askew.stores import Mask, catalog
from askew.stores.flat import Found, Matrix, Rows, scan
from askew.stores.local import hamming
from askew.stores.local.database import Catalog
from askew.stores.local.folder import remove
from askew.stores.local.ivf import NEAREST, QUERIES, Ivf, Measured, faiss_module, load, longest
from askew.stores.local.snapshot import View
from askew.types import FloatMatrix

__all__ = ["Ivf", "Measured", "build", "load"]

PATIENCE = 0.010
"""Maximum seconds for an exact scan of one query."""
SMALL = 4096
"""Number of rows that is fast to scan on any machine."""
SEED = 1
DEPTH = 100
"""A second depth, used to estimate how the gap grows with k."""
ROUNDS = 8
TRAINING = 64
"""Training rows per centroid."""
CODE = 16
"""Number of values of a four-bit code."""
SAMPLES = 1000
"""Sample queries from the corpus: half for tuning, half for measuring."""
MARGIN = 0.35
"""Share of the permitted misses that tuning keeps in reserve for sampling error."""
CODES = 0.3
"""Share of the permitted misses that may come from quantisation; the rest comes from lists not probed."""
LADDER = (20, 30, 40, 60, 80, 120, 160, 240, 360, 500, 700, 1000)
"""Candidates to rescore in full precision, for k = 10."""
WIDER = 1.1
"""Factor by which gap and candidates grow while the held-out recall is below the target."""
STEPS = 8


def tune(catalogue: Catalog, view: View, recall: float | None, report: Report) -> None:
    """Build, extend or drop the approximate index. Writer only; the caller removes the old files afterwards."""
    old = view.ivf
    wanted = asked(catalogue, recall)
    if old is None:
        if _seconds(view, 0) > PATIENCE:
            _keep(catalogue, view, build(view.vectors, _alive(view), wanted, report))
        else:
            _forget(catalogue)
    elif old.measured.recall_asked != wanted or old.outgrown(view.state.rows):
        _keep(catalogue, view, build(view.vectors, _alive(view), wanted, report))
    elif _seconds(view, old.rows) > PATIENCE:
        with catalogue.reading() as connection:
            name = catalog.get_object(connection, "ivf")["name"]
        grown = load(catalogue.folder.inside / name, growing=True)
        grown.extend(view.vectors, report)
        _keep(catalogue, view, grown)


def asked(catalogue: Catalog, recall: float | None) -> float:
    """Store and return the target recall, or return the stored one; it outlives any approximate index."""
    if recall is not None:
        with catalogue.writing() as connection:
            catalog.put(connection, "recall", recall)
        return recall
    with catalogue.reading() as connection:
        return catalog.recall(connection)


def _forget(catalogue: Catalog) -> None:
    """Remove a damaged or lost approximate index from the catalogue."""
    with catalogue.writing() as connection:
        if catalog.get_object(connection, "ivf"):
            catalog.put_object(connection, "ivf", {})
            catalog.set_state(connection, catalog.state(connection))


def _keep(catalogue: Catalog, view: View, ivf: Ivf) -> None:
    with catalogue.writing() as connection:  # the catalogue knows the name before the files exist
        names = catalog.files(connection)
        name = f"ivf-{view.state.generation}-{view.state.change}"
        made = tuple(dict.fromkeys([*names.made, name, f"{name}.part"]))
        catalog.set_files(connection, replace(names, made=made))
    remove(catalogue.folder.inside, [name])  # left over from an attempt that failed before its commit
    ivf.save(catalogue.folder.inside / name)
    with catalogue.writing() as connection:
        if catalog.state(connection).generation != view.state.generation:
            raise StoreError("The index was compacted during tuning; no data was lost. Optimise it again.")
        catalog.put_object(connection, "ivf", {"name": name, **asdict(ivf.measured)})
        catalog.set_state(connection, catalog.state(connection))


def _seconds(view: View, start: int) -> float:
    """Return the time of the fastest of three scans from row `start` on."""
    if view.state.rows - start < SMALL:
        return 0.0
    taken = []
    for _ in range(3):
        begin = time.perf_counter()
        if start:
            scan(view.vectors, view.vectors[:1], 10, _alive(view), view.state.longest, start)
        else:
            view.flat(view.vectors[:1], 10, _alive(view))
        taken.append(time.perf_counter() - begin)
    return min(taken)


def _alive(view: View) -> Mask | None:
    return None if view.state.dead == 0 else view.alive


def build(vectors: Matrix, kept: Mask | None, recall: float, report: Report = silent) -> Ivf:
    """Build an index of the kept rows with this target recall@10."""
    start = time.perf_counter()
    rng = np.random.default_rng(SEED)
    alive = np.arange(len(vectors)) if kept is None else np.flatnonzero(kept)
    ivf = _trained(vectors, alive, recall, rng, report)
    ivf.add(vectors, alive, report)
    if len(alive) > NEAREST:
        _tune(ivf, vectors, alive, kept, rng, report)
    ivf.measured = replace(ivf.measured, seconds=round(time.perf_counter() - start, 2))
    return ivf


def _trained(vectors: Matrix, alive: Rows, recall: float, rng: np.random.Generator, report: Report) -> Ivf:
    faiss = faiss_module()
    dim = vectors.shape[1]
    lists = max(1, min(2 * math.isqrt(len(alive)), len(alive) // 32))
    report(Progress("find centres", 0, lists))
    drawn = np.sort(rng.choice(alive, min(len(alive), TRAINING * lists), replace=False))
    sample = np.ascontiguousarray(vectors[drawn], np.float32)
    if len(sample) < CODE:  # the quantiser needs at least that many
        sample = np.resize(sample, (CODE, dim))
    clustering = faiss.Clustering(dim, lists)
    clustering.niter, clustering.seed = ROUNDS, SEED
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, 2 * TRAINING
    centres = faiss.IndexFlatL2(dim)
    clustering.train(sample, centres)
    index = _coded(centres, sample)
    report(Progress("find centres", lists, lists))
    return Ivf(index, _radius(centres, lists, sample), Measured(recall, lists=lists, trained=len(vectors)))


def _coded(centres: Any, sample: FloatMatrix) -> Any:
    faiss = faiss_module()
    dim = sample.shape[1]
    parts = dim // 2 if dim % 2 == 0 else dim
    index = faiss.IndexIVFPQFastScan(centres, dim, centres.ntotal, parts, 4, faiss.METRIC_INNER_PRODUCT)
    index.by_residual = True
    index.pq.cp.min_points_per_centroid = 1
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # hundreds of tiny k-means runs: threads would mostly wait for each other
    try:
        index.train(sample)
    finally:
        faiss.omp_set_num_threads(threads)
    index.referenced_objects = [centres]
    return index


def _radius(centres: Any, lists: int, sample: FloatMatrix) -> NDArray[np.float32]:
    """Return the RMS distance from each centroid; the overall RMS for lists without a sample."""
    distance, key = centres.search(sample, 1)
    squared = np.maximum(distance[:, 0], 0)
    total, count = np.bincount(key[:, 0], squared, lists), np.bincount(key[:, 0], minlength=lists)
    return np.sqrt(np.where(count > 0, total / np.maximum(count, 1), squared.mean())).astype(np.float32)


@dataclass(frozen=True)
class Samples:
    """Corpus rows used as queries, excluded from their own neighbours. own: (n,). truth: the exact neighbours.

    Rows are used unmodified: interpolating between rows gave easier queries, and unmodified rows behave most like
    real questions.
    """

    queries: FloatMatrix
    own: Rows
    truth: Found

    def part(self, which: slice) -> "Samples":
        truth = Found(self.truth.rows[which], self.truth.scores[which])
        return Samples(self.queries[which], self.own[which], truth)


def _tune(ivf: Ivf, vectors: Matrix, alive: Rows, kept: Mask | None, rng: np.random.Generator, report: Report) -> None:
    drawn = samples(vectors, alive, kept, rng, report)
    half = len(drawn.queries) // 2
    fresh = drawn.part(slice(half, None))
    _fit(ivf, vectors, drawn.part(slice(half)))
    recall = _recall(ivf, vectors, fresh)
    for _ in range(STEPS):
        if recall >= ivf.measured.recall_asked:
            break
        gap, rescored = WIDER * ivf.measured.gap, math.ceil(WIDER * ivf.measured.rescored)
        ivf.measured = replace(ivf.measured, gap=gap, rescored=rescored)
        recall = _recall(ivf, vectors, fresh)
    probes = np.median((ivf.lists(drawn.queries, NEAREST, ivf.sizes).keys >= 0).sum(axis=1))
    ivf.measured = replace(ivf.measured, recall=round(recall, 4), probes=int(probes), samples=len(fresh.queries))
    report(Progress("measure recall", len(drawn.queries), len(drawn.queries)))


def _fit(ivf: Ivf, vectors: Matrix, samples: Samples) -> None:
    """Set the gap from the positions of the true neighbours, then the fewest candidates that reach the recall."""
    wanted = ivf.measured.recall_asked
    target = wanted + MARGIN * (1 - wanted)
    near, deep = _gaps(ivf, vectors, samples, (1 - CODES) * (1 - target))
    for rescored in LADDER:
        ivf.measured = replace(ivf.measured, gap=near, growth=max(deep - near, 0.0), rescored=rescored)
        if _recall(ivf, vectors, samples) >= target:
            break


def samples(vectors: Matrix, alive: Rows, kept: Mask | None, rng: np.random.Generator, report: Report) -> Samples:
    """Draw rows to be used as queries, and find their neighbours by an exact scan."""
    count = min(SAMPLES, len(alive))
    report(Progress("measure recall", 0, count))
    own = rng.choice(alive, count, replace=False)
    queries = np.ascontiguousarray(vectors[own], np.float32)
    found = scan(vectors, queries, min(DEPTH, len(alive)) + 1, kept, longest(vectors))
    return Samples(queries, own, without(found, own))


def without(found: Found, own: Rows) -> Found:
    """Drop each query's own row, or the last column if it is absent."""
    order = np.argsort(found.rows == own[:, None], axis=1, kind="stable")[:, :-1]
    return Found(np.take_along_axis(found.rows, order, 1), np.take_along_axis(found.scores, order, 1))


def _gaps(ivf: Ivf, vectors: Matrix, samples: Samples, misses: float) -> tuple[float, float]:
    """Return the gaps at which this share of neighbours is missed, for the first NEAREST and for DEPTH of them."""
    lack = np.concatenate(
        [
            ivf.lacks(samples.queries[low : low + QUERIES], vectors[samples.truth.rows[low : low + QUERIES]])
            for low in range(0, len(samples.queries), QUERIES)
        ]
    )
    near, all_ = (np.quantile(part, 1 - misses, method="higher") for part in (lack[:, :NEAREST], lack))
    return float(near), float(all_)


def _recall(ivf: Ivf, vectors: Matrix, samples: Samples) -> float:
    return recall_of(ivf.search(vectors, samples.queries, NEAREST + 1), samples)


def recall_of(found: Found, samples: Samples) -> float:
    """Return the recall@10 of a search for one more, by score, so that any of several tied rows counts."""
    bar = samples.truth.scores[:, min(NEAREST, samples.truth.scores.shape[1]) - 1]
    return float(np.mean(without(found, samples.own).scores >= bar[:, None]))


def tune_candidates(catalogue: Catalog, view: View, report: Report) -> None:
    """Find how many candidates the target recall needs, and measure it; of binary vectors only, if they are scanned."""
    if view.vectors.file.form.precision is not Precision.BINARY or view.ivf is not None:
        return
    with catalogue.reading() as connection:
        wanted = catalog.recall(connection)
        old = hamming.candidates(catalog.get_object(connection, hamming.ENTRY))
    same = old.recall_asked == wanted and old.rows <= view.state.passages < hamming.GROWN * old.rows
    if same or view.state.passages <= hamming.WORTH * hamming.LADDER[0]:
        return
    made = _measured_candidates(view, wanted, report)
    with catalogue.writing() as connection:
        catalog.put_object(connection, hamming.ENTRY, asdict(made))
        catalog.set_state(connection, catalog.state(connection))


def _measured_candidates(view: View, wanted: float, report: Report) -> hamming.Candidates:
    """Return the fewest candidates that reach the recall on half of the samples, and the recall on the other half."""
    kept = None if view.state.dead == 0 else view.alive
    rng = np.random.default_rng(SEED)
    drawn = samples(view.vectors, np.flatnonzero(view.alive), kept, rng, report)
    half = len(drawn.queries) // 2
    fitted, fresh = drawn.part(slice(half)), drawn.part(slice(half, None))

    def recall(part: Samples, rescored: int) -> float:
        found = hamming.search(view.vectors, part.queries, NEAREST + 1, kept, view.state.longest, rescored)
        return recall_of(found, part)

    target = wanted + MARGIN * (1 - wanted)
    rescored = next((count for count in hamming.LADDER if recall(fitted, count) >= target), hamming.LADDER[-1])
    found = round(recall(fresh, rescored), 4)
    report(Progress("measure recall", len(drawn.queries), len(drawn.queries)))
    return hamming.Candidates(wanted, found, rescored, view.state.passages, len(fresh.queries))
