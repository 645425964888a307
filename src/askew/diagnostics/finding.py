"""A diagnostic finding, and the index it is about."""

from dataclasses import dataclass
from enum import StrEnum

from askew.contract import Contract
from askew.index import Index
from askew.models import cards
from askew.models.cards import Card
from askew.stores import Sizes


@dataclass(frozen=True)
class DiagnosticContext:
    """name: as the user calls the index. sizes: at the moment of the look."""

    index: Index
    name: str
    sizes: Sizes

    @property
    def contract(self) -> Contract:
        return self.index.contract

    @property
    def task(self) -> str:
        return self.contract.task

    @property
    def known(self) -> bool:
        """Whether there is a card of the index's model here."""
        return self.contract.encoder.model in cards.names()

    @property
    def card(self) -> Card:
        """With the card's own prompts, not those that the index was sealed with."""
        return cards.get(self.contract.encoder.model)

    def migrated(self, options: str) -> str:
        """The command that makes the vectors anew from what is stored, while the old ones serve."""
        return f"askew migrate {self.name} {options} --switch"

    def anew(self, options: str = "") -> str:
        """The command that builds it once more beside the old one."""
        model = f" --model {self.contract.encoder.model}" if "--model" not in options else ""
        more = f" {options}" if options else ""
        return f"askew index {self.name}-2 PATH… --task {self.task}{model}{more}"


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


def unknown(name: str, why: str) -> Finding:
    return Finding(name, 0.0, why, level=Level.UNTOLD)


def too_few(name: str, documents: int, needed: int) -> Finding:
    return unknown(name, f"Too few to tell: {documents:,} of the {needed} documents that it takes.")
