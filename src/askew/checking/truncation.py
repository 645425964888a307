"""How much of the documents did the model never see?"""

from askew.checking.case import Case
from askew.checking.finding import Finding, Level, fine, percent
from askew.documents.ledger import Policy

NAMED = 3
MUCH = 0.01
"""The share of all tokens from which it is more than a note."""


def truncation(case: Case) -> list[Finding]:
    sizes, contract = case.sizes, case.contract
    lost = sizes.tokens - sizes.seen
    if not sizes.truncated:
        return [fine("truncation", 0, "The model saw every document whole.")]
    share = lost / max(sizes.tokens, 1)
    worst = ", ".join(f"{one.document!r} {one.lost:,} of {one.tokens:,}" for one in case.index.losers(NAMED))
    accepted = contract.policy == Policy.ACCEPT
    return [
        Finding(
            "truncation",
            share,
            f"{percent(sizes.truncated / max(sizes.documents, 1))} of the documents ({sizes.truncated:,}) were not "
            f"seen whole, and {percent(share)} of all tokens ({lost:,}) are lost: nobody finds what they say. "
            f"Tokens lost of the worst: {worst}.",
            case.migrated("--policy chunk") if contract.policy != Policy.CHUNK else "Shorten the titles.",
            Level.NOTE if share < MUCH or accepted else Level.ADVICE,
        )
    ]
