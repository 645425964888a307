"""What a look at an index found: a figure, why it makes answers worse, what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """`advice`: answers get worse, and something can be done. `note`: worth knowing. `fine`: looked at, and in order.
    `untold`: too little is there to tell, or what it takes is not here.
    """

    ADVICE = "advice"
    NOTE = "note"
    FINE = "fine"
    UNTOLD = "untold"


@dataclass(frozen=True)
class Finding:
    """name: what was asked, the same for every index. figure: how much, in the unit that the sentence gives.

    sentence: what was found, and why it makes answers worse. remedy: what to do, a command where there is one.
    """

    name: str
    figure: float
    sentence: str
    remedy: str = ""
    level: Level = Level.ADVICE


def fine(name: str, figure: float, sentence: str) -> Finding:
    return Finding(name, figure, sentence, level=Level.FINE)


def untold(name: str, why: str) -> Finding:
    return Finding(name, 0.0, why, level=Level.UNTOLD)


def too_few(name: str, documents: int, needed: int) -> Finding:
    return untold(name, f"Too few to tell: {documents:,} of the {needed} documents that it takes.")


def percent(share: float) -> str:
    """`12 %`, and `0.4 %` where that is less than one."""
    return f"{100 * share:.0f} %" if share == 0 or share >= 0.01 else f"{100 * share:.1g} %"
