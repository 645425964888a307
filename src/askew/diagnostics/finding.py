"""A diagnostic finding, and the index it is about."""

from dataclasses import dataclass
from enum import StrEnum

from askew.contract import Contract
from askew.index import Index
from askew.models import cards
from askew.models.card import Card
from askew.stores import Sizes


@dataclass(frozen=True)
class DiagnosticContext:
    """name: of the index, for commands. sizes: when the diagnosis started."""

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
        """Whether the model of the index has a card here."""
        return self.contract.encoder.model in cards.names()

    @property
    def card(self) -> Card:
        """The card with its default prompts, not those of the index."""
        return cards.get(self.contract.encoder.model)

    def migrate_command(self, options: str) -> str:
        """Return the command that recomputes the vectors while the old ones stay in use."""
        return f"askew migrate {self.name} {options} --switch"

    def rebuild_command(self, options: str = "") -> str:
        """Return the command that builds the index again under another name."""
        model = f" --model {self.contract.encoder.model}" if "--model" not in options else ""
        more = f" {options}" if options else ""
        return f"askew index {self.name}-2 PATH… --task {self.task}{model}{more}"


class Level(StrEnum):
    """`advice`: a problem with a remedy. `note`: worth knowing. `fine`: checked, no problem. `unknown`: not checked,
    because data or model are missing.
    """

    ADVICE = "advice"
    NOTE = "note"
    FINE = "fine"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """name: of the check. figure: its result, in the unit that the sentence gives. sentence: what was found, and why it
    matters. remedy: what to do, a command where possible.
    """

    name: str
    figure: float
    sentence: str
    remedy: str = ""
    level: Level = Level.ADVICE


def fine(name: str, figure: float, sentence: str) -> Finding:
    return Finding(name, figure, sentence, level=Level.FINE)


def unknown(name: str, why: str) -> Finding:
    return Finding(name, 0.0, why, level=Level.UNKNOWN)


def too_few(name: str, documents: int, needed: int) -> Finding:
    return unknown(name, f"Not enough data: {documents:,} of the {needed} documents needed.")
