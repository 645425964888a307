"""Texts that resemble each other by chance and by copying, and the sets of shingles they have, the plain way."""

import random

WORDS = (
    *("harbour", "ferry", "timetable", "winter", "storm", "island", "council", "vote", "bridge", "repair", "cost"),
    *("ticket", "price", "rises", "again", "after", "long", "debate", "residents", "object", "mayor", "says", "budget"),
    *("small", "ships", "remain", "tied", "while", "wind", "turns", "north", "fishermen", "wait"),
)


def sentences(count: int, shortest: int, longest: int, seed: int) -> list[str]:
    """Every other one is an earlier one, as it was or with a few words changed, cut off or added."""
    rng = random.Random(seed)
    made: list[list[str]] = []
    while len(made) < count:
        if made and rng.random() < 0.5:
            words = list(rng.choice(made))
            changes = rng.randint(0, 3)
            for _ in range(changes):
                words[rng.randrange(len(words))] = rng.choice(WORDS)
            if changes:
                words = words[rng.randint(0, 2) :] + rng.choices(WORDS, k=rng.randint(0, 2))
        else:
            words = rng.choices(WORDS, k=rng.randint(shortest, longest))
        made.append(words or [rng.choice(WORDS)])
    return [" ".join(words) for words in made]


def pieces(text: str, size: int) -> set[str]:
    return {text[i : i + size] for i in range(max(1, len(text) - size + 1))} if text else set()


def runs(text: str, size: int) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + size]) for i in range(max(1, len(words) - size + 1))} if words else set()
