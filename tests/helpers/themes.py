"""Texts about a few things, with vectors that say so."""

import numpy as np

from askew.similarity import normalise

SUBJECTS = ("tent pegs canvas", "stove fuel gas", "kayak paddle river", "map compass ridge", "boots laces socks")


def themed(
    each: int = 20, subjects: int = 4, noise: float = 0.25, seed: int = 1
) -> tuple[list[str], np.ndarray, list[int]]:
    """Texts, unit vectors (n, 16) and the subject of each; the subjects take turns."""
    rng = np.random.default_rng(seed)
    truth = [i % subjects for i in range(each * subjects)]
    middles = np.eye(16)[:subjects]
    vectors = middles[truth] + noise * rng.normal(size=(len(truth), 16)) / 4
    texts = [f"Question {'abcdefgh'[i % 8]}{i} on {SUBJECTS[subject]}" for i, subject in enumerate(truth)]
    return texts, normalise(vectors.astype(np.float32)), truth


def same_partition(a: np.ndarray | list[int], b: np.ndarray | list[int]) -> bool:
    """Whether two labellings put the same texts together, whatever the numbers."""
    pairs = set(zip(np.asarray(a).tolist(), np.asarray(b).tolist(), strict=True))
    return len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs})
