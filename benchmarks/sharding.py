"""Sharded search on paper: recall of merged top-k lists, and the latency of the slowest of many shards, simulated.

Passages lie on shards by chance. Each shard answers with its best `depth` passages, found at the recall of its own
index; the merged list loses what stood beyond a shard's depth. The latency of a query is that of its slowest shard,
each drawn from a log-normal distribution with the p50 and p95 given; a hedge asks a second copy of a shard after the
p95; a deadline takes the answers that are there, and the recall then counts what is missing.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

K, QUERIES, SEED = 10, 20_000, 7
SHARDS = (1, 4, 16, 64, 256)
DEPTHS = (10, 5, 3, 2)


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one shard."""

    p50: float
    p95: float

    def drawn(self, rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
        spread = np.log(self.p95 / self.p50) / 1.6449  # the normal's 95th percentile
        return self.p50 * np.exp(spread * rng.standard_normal(shape))


def merged_recall(shards: int, depth: int, recall: float, rng: np.random.Generator) -> float:
    """Return the mean recall@K of the merged list, where each neighbour is found with probability `recall`."""
    homes = rng.integers(0, shards, (QUERIES, K))
    found = rng.random((QUERIES, K)) < recall
    earlier = np.zeros((QUERIES, K), np.int64)
    for rank in range(1, K):
        same = (homes[:, :rank] == homes[:, rank : rank + 1]) & found[:, :rank]
        earlier[:, rank] = same.sum(axis=1)
    return float((found & (earlier < depth)).mean())


def slowest(latency: Latency, shards: int, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """Return the milliseconds of each query: plain, and with hedged requests."""
    every = latency.drawn(rng, (QUERIES, shards))
    hedged = np.minimum(every, latency.p95 + latency.drawn(rng, (QUERIES, shards)))
    return {"plain": every.max(axis=1), "hedged": hedged.max(axis=1)}


def within(latency: Latency, shards: int, deadline: float, rng: np.random.Generator) -> float:
    """Return the share of shards that answer before the deadline: the recall that is left of a degraded answer."""
    return float((latency.drawn(rng, (QUERIES, shards)) <= deadline).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recall", type=float, default=0.99, help="recall@10 of one shard's own index")
    parser.add_argument("--p50", type=float, default=1.0, help="milliseconds of one shard")
    parser.add_argument("--p95", type=float, default=3.0)
    given = parser.parse_args()
    rng, latency = np.random.default_rng(SEED), Latency(given.p50, given.p95)
    print(f"recall@{K} of the merged list; each shard finds {given.recall:.0%} of its neighbours")
    print("shards   " + "".join(f"depth {depth:<6}" for depth in DEPTHS))
    for shards in SHARDS:
        print(f"{shards:<9}" + "".join(f"{merged_recall(shards, depth, given.recall, rng):<12.4f}" for depth in DEPTHS))
    print(f"\nms of a query over all shards; one shard: p50 {given.p50:g}, p95 {given.p95:g}")
    print(f"{'shards':<9}{'p50':>8}{'p95':>8}{'p99':>8}{'hedged p95':>12}{'p99':>8}{'answers by 2 x p95':>20}")
    for shards in SHARDS:
        taken = slowest(latency, shards, rng)
        plain, hedged = np.percentile(taken["plain"], [50, 95, 99]), np.percentile(taken["hedged"], [95, 99])
        figures = "".join(f"{ms:>8.1f}" for ms in plain) + f"{hedged[0]:>12.1f}{hedged[1]:>8.1f}"
        print(f"{shards:<9}{figures}{within(latency, shards, 2 * given.p95, rng):>20.2%}")


if __name__ == "__main__":
    main()
