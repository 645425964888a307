"""Relevance judgements from a file: which documents answer which query, and how well."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from askew.errors import InputError

Qrels = Mapping[str, Mapping[str, float]]
"""By query and document: how relevant; 0 and less is not at all."""

HEADINGS = ("score", "relevance", "rel", "label", "judgment", "judgement")
"""How the last column of a file with a heading is called."""

LAYOUTS = "query 0 document relevance (TREC), or query, document and relevance with tabs between (BEIR)"


def read_qrels(path: str | Path) -> dict[str, dict[str, float]]:
    """In TREC's layout or in BEIR's, whose first line may be a heading."""
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path} cannot be read as qrels: {fault}.") from fault
    qrels: dict[str, dict[str, float]] = {}
    for query, document, relevance in _rows(text, str(path)):
        qrels.setdefault(query, {})[document] = relevance
    if not qrels:
        raise InputError(f"{path} holds no judgement. A line of it is: {LAYOUTS}.")
    return qrels


def _rows(text: str, path: str) -> Iterator[tuple[str, str, float]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split("\t")] if line.count("\t") == 2 else line.split()
        try:
            query, document, relevance = parts if len(parts) == 3 else (parts[0], parts[2], parts[3])
            judged = float(relevance)
        except (ValueError, IndexError):
            if number == 1 and parts[-1].casefold() in HEADINGS:
                continue
            raise InputError(f"{path}:{number} is no judgement: {line[:80]!r}. A line of it is: {LAYOUTS}.") from None
        if not math.isfinite(judged):
            raise InputError(f"{path}:{number}: the relevance must be a finite number, not {relevance}.")
        yield query, document, judged
