"""Which index is looked at, and by what words a remedy names it."""

from dataclasses import dataclass

from askew.contract import Contract
from askew.index import Index
from askew.models import cards
from askew.models.cards import Card
from askew.stores import Sizes


@dataclass(frozen=True)
class Case:
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
