"""Rows that fill one template with other values: seconds for 3,000 and 100,000 of them, with groups and labels.

One row in a hundred repeats another, in another notation or with a slip; each must be found. Pairs with other
values are counted, not listed.
"""

import argparse
import random
import time
from collections.abc import Sequence

from goals import Goal, finish

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OUTSIDE = "Our shop in {place} is closed this week, please ask at the town hall about number {n}."
SECONDS = {3_000: 10.0, 100_000: 90.0}


def rows(count: int, seed: int = 3) -> tuple[list[str], int]:
    """The rows, and how many of them repeat another in another notation or with a slip."""
    rng = random.Random(seed)
    numbers = rng.sample(range(100_000, 10_000_000), count)
    made = [
        f"Your parcel {n} is delayed until {rng.choice(DAYS)} {rng.randrange(1, 29)} May, we are sorry."
        for n in numbers
    ]
    copies = []
    for place in rng.sample(range(count), count // 100):
        text, n = made[place], numbers[place]
        copies.append(text.replace(str(n), f"{n:,}") if place % 2 else text.replace("delayed", "delaied"))
    return [*made, *copies, *(OUTSIDE.format(place=f"town {n}", n=n) for n in range(50))], len(copies)


def measured(texts: Sequence[str], copies: int) -> tuple[float, float]:
    """Seconds, and the share of the copies whose pair is found."""
    from askew import duplicates

    start = time.perf_counter()
    found = duplicates(
        list(texts), task="near-duplicate", model="hashing", threshold=0.9, shingles=0.7, groups=True, progress=False
    )
    seconds = time.perf_counter() - start
    last = len(texts) - 50
    planted = {str(n) for n in range(last - copies, last)}
    same = {end for pair in found if pair.label != "other-values" for end in (pair.a, pair.b)}
    share = len(planted & same) / copies
    print(
        f"{len(texts):>9,} rows{seconds:>9.1f} s{len(found):>11,} pairs{share:>9.2%} of {copies:,} copies"
        f"{found.templates.pairs:>16,} pairs with other values",
        flush=True,
    )
    return seconds, share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=list(SECONDS))
    reached = []
    for count in parser.parse_args().rows:
        seconds, share = measured(*rows(count))
        if count in SECONDS:
            reached.append(Goal(f"{count:,} rows of one template", seconds, SECONDS[count], " s", most=True))
        reached.append(Goal(f"{count:,} rows: share of the copies", share, 1.0))
    finish(reached)


if __name__ == "__main__":
    main()
