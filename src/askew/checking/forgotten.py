"""Was a prompt forgotten that the model was trained with?"""

import shlex

from askew.checking.case import Case
from askew.checking.finding import Finding, Level, fine
from askew.models import cards
from askew.tasks import get
from askew.types import Role


def forgotten(case: Case) -> list[Finding]:
    """The card's prompts for this task, against those that the index was sealed with."""
    sealed = case.contract.encoder.prompts
    if case.card.hosted:
        return []
    wanted = cards.prompts_for(case.card, case.task)
    used = {Role.DOCUMENT, get(case.task).query_role}
    differing = [role for role in Role if role in used and wanted.get(role, "") != sealed.get(role, "")]
    if not differing:
        return [fine("prompts", 0, "The prompts are those of the model's card.")]
    missing = [role for role in differing if not sealed.get(role)]
    options = " ".join(f"--{role}-prompt {shlex.quote(wanted[role])}" for role in missing)
    return [_differing(case, role, wanted.get(role, ""), sealed.get(role, ""), options) for role in differing]


def _differing(case: Case, role: Role, wanted: str, sealed: str, options: str) -> Finding:
    """options: that bring every prompt back that is missing."""
    said = f"The model's card puts {wanted!r} before each {role}" if wanted else f"The card has no prompt for a {role}"
    if sealed:
        return Finding(
            "prompts",
            1,
            f"{said}, this index {sealed!r}: it was chosen when the index was made, and is for you to measure.",
            f"askew eval {case.name} --queries QUERIES --qrels QRELS",
            Level.NOTE,
        )
    return Finding(
        "prompts",
        1,
        f"{said}, this index nothing: {case.card.name} was trained with it, and without it a query and what answers "
        "it lie further apart than they should.",
        case.migrated(options),
    )
