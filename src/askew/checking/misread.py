"""Are vectors compared in another way than the model was trained for?

The card that the index was sealed with may itself be wrong, where it is one of the user's own: what the model's own
folder says, and what askew's card of the same repository says, count more.
"""

import json
from pathlib import Path

from askew.checking.case import Case
from askew.checking.finding import Finding, fine
from askew.models import cards
from askew.models.cards import Card

SETTINGS = "config_sentence_transformers.json"


def misread(case: Case) -> list[Finding]:
    sealed = case.contract.encoder.similarity
    for origin, said in _witnesses(case.card):
        if said in ("cosine", "dot") and said != sealed:
            return [
                Finding(
                    "similarity",
                    1,
                    f"The index compares by {sealed}, and {origin} says {said}: {_why(said)}",
                    f'Set similarity = "{said}" in the card of {case.card.name}, then {case.anew()}',
                )
            ]
    return [fine("similarity", 0, f"By {sealed}, as the model wants it.")]


def _witnesses(card: Card) -> list[tuple[str, str]]:
    """Who says how the vectors are to be compared, and what."""
    found = [("the model's card", str(card.similarity))]
    folders = [Path(tower.folder) for tower in card.parts.values() if tower.folder]
    found += [(f"the model's own {SETTINGS}", _settings(folder / SETTINGS)) for folder in folders]
    if card.hub and card.name not in cards.built_in():
        others = (cards.get(name) for name in cards.built_in())
        same = [other for other in others if other.hub and other.hub.repository == card.hub.repository]
        found += [(f"askew's card of {card.hub.repository}", str(other.similarity)) for other in same]
    return found


def _settings(file: Path) -> str:
    """Empty where the folder says nothing."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    return str(said.get("similarity_fn_name") or "") if isinstance(said, dict) else ""


def _why(said: str) -> str:
    if said == "dot":
        return "the lengths of its vectors say how much a passage has to tell, and cosine throws them away."
    return "the lengths of its vectors mean nothing, and the dot product prefers the longest."
