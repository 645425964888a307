"""Which ids are like one that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest
from itertools import takewhile

from askew.errors import InputError
from askew.stores import Store

NAMED = 3
COMPARED = 20_000
"""Of more ids than these only those that begin most alike are compared letter by letter."""


def check_document(store: Store, id: str) -> None:
    if id not in store.digests([id]):
        near = near_ids(id, (account.document for account in store.accounts()))
        hint = f"Did you mean {' or '.join(near)}?" if near else "`askew search` shows the ids of what it finds."
        raise InputError(f"The index holds no document {id!r}. {hint}")


def near_ids(id: str, known: Iterable[str]) -> list[str]:
    """The nearest first; ids that hold it as a part of theirs are near too."""
    sought = id.casefold()
    ids = nlargest(COMPARED, known, key=lambda each: _shared(each.casefold(), sought))
    folded = {each.casefold(): each for each in ids}
    near = [folded[name] for name in get_close_matches(sought, folded, NAMED, cutoff=0.5)]
    parts = sorted((each for name, each in folded.items() if sought in name), key=lambda each: (len(each), each))
    return list(dict.fromkeys([*near, *parts]))[:NAMED]


def _shared(one: str, other: str) -> int:
    """With how many characters both begin."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
