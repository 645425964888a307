"""Room for names: each near its own place, none on another."""

from collections.abc import Sequence
from dataclasses import dataclass

Step = tuple[float, float]

STEPS: tuple[Step, ...] = (
    (0, 0), (0, 1), (0, -1), (0.5, 0.5), (-0.5, 0.5), (0.5, -0.5), (-0.5, -0.5),
    (0.5, 1), (-0.5, 1), (0.5, -1), (-0.5, -1), (0, 1.6), (0, -1.6), (0.8, 0), (-0.8, 0),
    (0, 2.2), (0, -2.2), (0.7, 1.8), (-0.7, 1.8), (0.7, -1.8), (-0.7, -1.8),
)  # fmt: skip
"""Where a name may stand instead, in its own widths and heights, the nearest first."""


@dataclass(frozen=True)
class Box:
    """x, y: of the middle."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        wide, high = (self.width + other.width) / 2, (self.height + other.height) / 2
        return abs(self.x - other.x) < wide and abs(self.y - other.y) < high


def placed(wanted: Sequence[Box], width: float, height: float) -> dict[int, Box]:
    """Where each of the boxes finds room within an area from 0 to width and height; without those that find none.

    The first comes first; a box is drawn back into the area before it is tried.
    """
    found: dict[int, Box] = {}
    for number, box in enumerate(wanted):
        for right, up in STEPS:
            tried = _inside(box, box.x + right * box.width, box.y + up * box.height, width, height)
            if not any(tried.meets(other) for other in found.values()):
                found[number] = tried
                break
    return found


def _inside(box: Box, x: float, y: float, width: float, height: float) -> Box:
    x = min(max(x, box.width / 2), max(width - box.width / 2, box.width / 2))
    y = min(max(y, box.height / 2), max(height - box.height / 2, box.height / 2))
    return Box(x, y, box.width, box.height)
