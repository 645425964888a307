"""Explanations of ranking measures: two sentences and a worked example each."""

import re
from collections.abc import Callable

from askew.charts.blocks import Example

MEASURE = re.compile(r"(?P<name>[A-Za-z_]+)(\((?P<settings>.*)\))?(@(?P<cut>\d+))?")
"""A measure as ir-measures writes it: nDCG@10, P(rel=2)@5."""


def explained(measure: str) -> Example:
    """Explain a measure, named as ir-measures writes it, such as nDCG@10."""
    parts = MEASURE.fullmatch(measure)
    explain = KNOWN.get(parts["name"]) if parts else None
    if parts is None or explain is None:
        return Example(measure, ("One of the measures of ir-measures, which are described at ir-measur.es.",))
    title, meaning, example = explain(f"the first {int(parts['cut']):,} ranks" if parts["cut"] else "all ranks")
    minimum = re.search(r"rel=(\d+)", parts["settings"] or "")
    least = (f"Here only documents with grade {minimum[1]} or higher count as relevant.",) if minimum else ()
    return Example(f"{measure}: {title}", (meaning, f"Example: {example}", *least))


def _ndcg(ranks: str) -> tuple[str, str, str]:
    return (
        "how good the order is",
        f"How close the order of {ranks} comes to the best possible order: 1 is perfect, 0 means nothing relevant was "
        "found. A relevant document counts less the lower it is ranked, and more the higher its grade.",
        "two documents are relevant, and they are at ranks 1 and 4. Rank 1 counts 1, rank 4 counts 1 / log2(4 + 1) = "
        "0.43, together 1.43; at ranks 1 and 2 they would count 1 + 0.63 = 1.63. So the value is 1.43 / 1.63 = 0.88.",
    )


def _recall(ranks: str) -> tuple[str, str, str]:
    return (
        "how many of the relevant documents are found",
        f"Recall: the share of all relevant documents that are within {ranks}; 1 is all of them, 0 is none. Their "
        "order does not matter.",
        "four documents are relevant, and three of them are found. So the value is 3 / 4 = 0.75.",
    )


def _reciprocal_rank(ranks: str) -> tuple[str, str, str]:
    return (
        "how far users have to read",
        f"Reciprocal rank: 1 divided by the rank of the first relevant document within {ranks}, 0 if there is none. "
        "Whatever follows it does not matter.",
        "the first relevant document is at rank 3. So the value is 1 / 3 = 0.33; at rank 1 it would be 1.",
    )


def _precision(ranks: str) -> tuple[str, str, str]:
    return (
        "how many of the results are relevant",
        f"Precision: the share of {ranks} that hold a relevant document; 1 is all of them. If there are fewer relevant "
        "documents than ranks, even a perfect system stays below 1.",
        "three of ten ranks hold a relevant document. So the value is 3 / 10 = 0.30.",
    )


def _average_precision(ranks: str) -> tuple[str, str, str]:
    return (
        "how precise the results are, read from the top",
        f"Average precision: at each relevant document within {ranks}, the share of documents up to it that are "
        "relevant. It is the mean over all relevant documents, where one that is not found counts 0.",
        "two documents are relevant, and they are at ranks 1 and 4. The shares are 1 / 1 and 2 / 4, so the value is "
        "(1 + 0.5) / 2 = 0.75.",
    )


def _success(ranks: str) -> tuple[str, str, str]:
    return (
        "whether anything relevant is found",
        f"1 if a relevant document is within {ranks}, otherwise 0. The mean is the share of queries for which "
        "something relevant is found.",
        "for eight of ten queries something relevant is found. So the mean is 8 / 10 = 0.80.",
    )


KNOWN: dict[str, Callable[[str], tuple[str, str, str]]] = {
    "nDCG": _ndcg,
    "R": _recall,
    "RR": _reciprocal_rank,
    "P": _precision,
    "AP": _average_precision,
    "Success": _success,
}
