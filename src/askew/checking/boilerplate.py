"""Do documents share lines that say nothing of any of them: headers, footers, notices?"""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from askew.checking.case import Case
from askew.checking.finding import Finding, Level, fine, percent, too_few
from askew.checking.sample import LEAST, Sample
from askew.documents.sentences import sentences
from askew.mining.near.identical import identical
from askew.mining.near.normal import normal
from askew.types import Document

DOCUMENTS = 500
READ = 20_000  # characters of a document
LINE = 15
"""Characters of a line that can be boilerplate; headings such as "Overview" are shorter, and no harm."""
SHARED = 0.2
"""The share of documents that have it."""
MUCH = 0.05
"""The share of all text that such lines make up from which it is more than a note."""
SHOWN = 80


def boilerplate(case: Case, sample: Sample) -> list[Finding]:
    """Documents that are the same altogether count once: they are repeats, and another finding."""
    ids = sample.documents[:: max(len(sample.documents) // DOCUMENTS, 1)]
    documents = case.index.documents(ids)
    first = identical(document.text[:READ] for document in documents)
    different = [documents[place] for place in np.unique(first).tolist()]
    if len(different) < LEAST:
        return [too_few("boilerplate", len(different), LEAST)]
    lines = [dict(_lines(document)) for document in different]
    counts = Counter(form for one in lines for form in one)
    shared = {form: count for form, count in counts.items() if count >= SHARED * len(different)}
    if not shared:
        return [fine("boilerplate", 0, f"No line stands in {percent(SHARED)} of the documents or more.")]
    total = sum(len(document.text[:READ]) for document in different)
    share = sum(len(line) for one in lines for form, line in one.items() if form in shared) / total
    form, count = max(shared.items(), key=lambda both: (both[1], len(both[0])))
    line = next(one[form] for one in lines if form in one)
    return [
        Finding(
            "boilerplate",
            share,
            f"{percent(share)} of the text are lines that documents share, the first {line[:SHOWN]!r} in "
            f"{percent(count / len(different))} of them: it makes documents alike that have nothing else in common.",
            f"Take such lines out of the source, then askew index {case.name} PATH… (the same paths)",
            Level.ADVICE if share >= MUCH else Level.NOTE,
        )
    ]


def _lines(document: Document) -> Iterator[tuple[str, str]]:
    """The normal form of each line, and the line; and the first sentence, where a line goes on after it."""
    text = document.text[:READ]
    for line in text.splitlines():
        if len(line) >= LINE:
            yield normal(line), line.strip()
    start, end = sentences(text, 0, len(text))[0] if text.strip() else (0, 0)
    if end - start >= LINE and "\n" not in text[start:end] and len(text[end:].partition("\n")[0].strip()) > 0:
        yield normal(text[start:end]), text[start:end]
