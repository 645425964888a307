"""Do some documents come up for everything?

A document that many find is no fault where they ask for the same. It is a hub where they have nothing in common.
"""

from collections import defaultdict

from askew.checking.asked import Asked
from askew.checking.case import Case
from askew.checking.finding import Finding, fine, percent, too_few
from askew.checking.sample import LEAST, K, Within, mean_cosine

SHARE = 0.05
"""Of all queries, that must find a document."""
LEAST_QUERIES = 20
LIFT = 3.0
"""How many times as often as the average document."""
COMMON = 0.1
"""What finds a hub is alike by less than this share of the way from nothing in common to the same."""
NAMED = 3
SHOWN = 60  # characters of a hub


def hubs(case: Case, asked: Asked, among: Within) -> list[Finding]:
    if case.sizes.documents < LEAST or len(asked.found) < LEAST_QUERIES:
        return [too_few("hubs", min(case.sizes.documents, len(asked.found)), LEAST)]
    finders: dict[str, list[int]] = defaultdict(list)
    for query, (own, answers) in enumerate(zip(asked.own, asked.found, strict=True)):
        for document in answers:
            if document != own:
                finders[document].append(query)
    expected = min(K / case.sizes.documents, 1.0)
    bar = max(SHARE, LIFT * expected) * len(asked.found)
    many = [(id, rows) for id, rows in finders.items() if len(rows) >= max(bar, LEAST_QUERIES)]
    found = sorted(((len(rows), id) for id, rows in many if _for_everything(asked, rows)), reverse=True)
    if not found:
        return [
            fine(
                "hubs",
                among.skewness,
                f"No document comes up for everything. How often passages are found has a skewness of "
                f"{among.skewness:.1f}, and {percent(among.never)} are never among the ten nearest of another.",
            )
        ]
    named = "; ".join(_named(case, id, count, len(asked.found)) for count, id in found[:NAMED])
    count = "1 document comes" if len(found) == 1 else f"{len(found):,} documents come"
    return [
        Finding(
            "hubs",
            found[0][0] / len(asked.found),
            f"{count} up for everything, where an average one is found by {percent(expected)} of {len(asked.found):,} "
            f"{asked.noun}: {named}. What finds them has nothing in common, and better documents stand below them.",
            f"askew search {case.name} QUERY shows them: take out what says nothing of its own (askew delete "
            f"{case.name} ID)",
        )
    ]


def _for_everything(asked: Asked, rows: list[int]) -> bool:
    random = mean_cosine(asked.directions)
    return mean_cosine(asked.directions[rows]) - random < COMMON * (1 - random)


def _named(case: Case, id: str, count: int, queries: int) -> str:
    [document] = case.index.documents([id])
    text = " ".join(document.text.split())
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return f"{id!r} ({shown!r}) by {percent(count / queries)}"
