"""Measures explained in two sentences and a worked example."""

import re
from collections.abc import Callable

from askew.charts.blocks import Example

MEASURE = re.compile(r"(?P<name>[A-Za-z_]+)(\((?P<settings>.*)\))?(@(?P<cut>\d+))?")


def explained(measure: str) -> Example:
    """measure: its name as ir-measures writes it, like nDCG@10."""
    parts = MEASURE.fullmatch(measure)
    tell = KNOWN.get(parts["name"]) if parts else None
    if parts is None or tell is None:
        return Example(measure, ("One of the measures of ir-measures, which are described at ir-measur.es.",))
    title, meaning, reckoned = tell(f"the first {int(parts['cut']):,}" if parts["cut"] else "all places")
    minimum = re.search(r"rel=(\d+)", parts["settings"] or "")
    least = (f"Here only documents judged {minimum[1]} or higher count as right.",) if minimum else ()
    return Example(f"{measure}: {title}", (meaning, f"An example: {reckoned}", *least))


def _ndcg(places: str) -> tuple[str, str, str]:
    return (
        "how good the order is",
        f"How near the order of {places} comes to the best that is possible: 1 is perfect, 0 is nothing right. A right "
        "document counts less the further down it stands, and more the better it was judged.",
        "two documents are right, and they stand at places 1 and 4. Place 1 counts 1, place 4 counts 1 / log2(4 + 1) = "
        "0.43, together 1.43; at places 1 and 2 they would count 1 + 0.63 = 1.63. So the value is 1.43 / 1.63 = 0.88.",
    )


def _recall(places: str) -> tuple[str, str, str]:
    return (
        "how much of what is right is found",
        f"Which share of all right documents is among {places}: 1 is all, 0 is none. Their order does not matter.",
        "four documents are right, and three of them are found. So the value is 3 / 4 = 0.75.",
    )


def _reciprocal(places: str) -> tuple[str, str, str]:
    return (
        "how far people must read",
        f"One divided by the place of the first right document among {places}, 0 where there is none. What comes after "
        "it does not matter.",
        "the first right document stands at place 3. So the value is 1 / 3 = 0.33; at place 1 it would be 1.",
    )


def _precision(places: str) -> tuple[str, str, str]:
    return (
        "how much of what is found is right",
        f"Which share of {places} is right documents: 1 is all of them. Where fewer documents are right than there are "
        "places, even the best system stays below 1.",
        "of ten places three hold right documents. So the value is 3 / 10 = 0.30.",
    )


def _average(places: str) -> tuple[str, str, str]:
    return (
        "how much is right, read from the top",
        f"At each right document among {places}: which share of the documents down to it is right. The mean of these "
        "over all right documents, where one that is not found counts 0.",
        "two documents are right, and they stand at places 1 and 4. The shares are 1 / 1 and 2 / 4, so the value is "
        "(1 + 0.5) / 2 = 0.75.",
    )


def _success(places: str) -> tuple[str, str, str]:
    return (
        "whether anything right is found",
        f"1 where some right document is among {places}, 0 where none is. The mean is the share of queries that "
        "find something.",
        "of ten queries eight find something right. So the mean is 8 / 10 = 0.80.",
    )


KNOWN: dict[str, Callable[[str], tuple[str, str, str]]] = {
    "nDCG": _ndcg,
    "R": _recall,
    "RR": _reciprocal,
    "P": _precision,
    "AP": _average,
    "Success": _success,
}
