"""A colour and a shape for each cluster, so that those who see few colours tell them apart too.

The first six colours are those of Okabe and Ito (2008, "Color Universal Design"), without black and without the yellow
that white swallows; the violet was chosen as far from them as can be for all kinds of eyes. When they are used up the
next shape begins; the 43rd cluster looks like the first, and its name tells.
"""

from dataclasses import dataclass

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8822ee")
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "plus")
OUTLIER = "#9a9a9a"


@dataclass(frozen=True)
class Look:
    colour: str
    shape: str


def look(cluster: int) -> Look:
    if cluster < 0:
        return Look(OUTLIER, "circle")
    return Look(COLOURS[cluster % len(COLOURS)], SHAPES[cluster // len(COLOURS) % len(SHAPES)])
