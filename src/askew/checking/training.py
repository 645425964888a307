"""Was the model trained for what the index is asked to do?"""

from askew.checking.case import Case
from askew.checking.finding import Finding, Level, fine
from askew.models.choice import mismatch


def training(case: Case) -> list[Finding]:
    """Worth a note where the model is used for the task all the same; advice where its card does not even name it."""
    card = case.card
    choose = f"askew models choose --task {case.task}, then askew migrate {case.name} --to MODEL"
    if doubt := mismatch(card, case.task):
        level = Level.NOTE if case.task in card.tasks else Level.ADVICE
        return [Finding("training", 1, f"{card.name} was {doubt}.", choose, level)]
    if case.task not in card.tasks:
        return [Finding("training", 1, f"The card of {card.name} does not name {case.task}.", choose, Level.NOTE)]
    return [fine("training", 0, f"{card.name} is a model for {case.task}.")]
