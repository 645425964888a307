"""Texts of mixed length for measuring, cut from the demo's handbook: the same ones at every run."""

import random
from importlib import resources


def mixed(count: int, longest: int = 250, seed: int = 7) -> list[str]:
    """Stretches of 3 to `longest` words, short ones more often than long ones, no two alike."""
    rng = random.Random(seed)
    pages = [
        page.read_text("utf-8").split()
        for page in sorted(resources.files("askew.demo").joinpath("handbook").iterdir(), key=lambda page: page.name)
    ]
    found: dict[str, None] = {}
    while len(found) < count:
        page = rng.choice(pages)
        words = int(3 * (longest / 3) ** rng.random())
        start = rng.randrange(max(1, len(page) - words))
        found[" ".join(page[start : start + words])] = None
    return list(found)
