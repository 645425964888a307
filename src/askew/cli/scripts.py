"""A word to a person who asks in a script that the index's model was never taught."""

from askew.cli.output import note
from askew.index import Index
from askew.models import cards
from askew.models.scripts import script_note


def tell_script(index: Index, query: str) -> None:
    """On stderr; nothing where there is nothing to tell. Every model knows plain Latin letters, and the card that
    would say so takes some milliseconds to read.
    """
    if query.isascii():
        return
    contract = index.contract
    if told := script_note(query, cards.get(contract.encoder.model), contract.task):
        note(told)
