"""Hits at the terminal and as JSON."""

import sys
from collections.abc import Sequence
from itertools import dropwhile

import typer

from askew.cli.output import note, say
from askew.index import Index
from askew.models import cards
from askew.models.scripts import script_note
from askew.text.display import WIDTH, shorten
from askew.types import Hit, Span, page_of

OPEN, CLOSE = "»", "«"  # around the best sentence where there is no bold type


def show_hits(found: Sequence[Hit], width: int = WIDTH) -> None:
    for hit in found:
        say(f"{hit.rank:>2}  {hit.score:.3f}  {cited(hit)}")
        say(f"    {snippet(hit, width)}")


def cited(hit: Hit) -> str:
    """Where a hit is from: document, page where there are pages, title and heading."""
    page = f"  p. {number}" if (number := page_of(hit.document.text, place(hit))) else ""
    title = f"  {hit.document.title}" if hit.document.title else ""
    heading = f" · {hit.passage.heading}" if hit.passage.heading not in ("", hit.document.title) else ""
    return f"{hit.document.id}{page}{title}{heading}"


def place(hit: Hit) -> int:
    """Where in its document the hit answers: at the best sentence, else where the best passage begins."""
    return hit.sentence.start if hit.sentence else hit.passage.start


def snippet(hit: Hit, width: int = WIDTH) -> str:
    """What is shown of the document on one line, cut to about `width` characters around the best sentence."""
    text, shown, best = hit.document.text, hit.shown, hit.sentence
    if not best:
        return shorten(_body(hit.text), width)
    sentence = shorten(text[best.start : best.end], width)
    before = " ".join(_body(text[shown.start : best.start]).split())
    after = " ".join(text[best.end : shown.end].split())
    if not before and not after:
        return sentence
    left = max(width - len(sentence), 0)
    before = shorten(before, max(left - len(after), left // 2, 1), end=True)
    after = shorten(after, max(left - len(before), 1))
    return " ".join(part for part in (before, _marked(sentence), after) if part)


def as_fields(hit: Hit) -> dict[str, object]:
    text = hit.document.text
    return {
        "rank": hit.rank,
        "score": hit.score,
        "method": hit.method,
        "id": hit.document.id,
        "title": hit.document.title,
        "source": hit.document.source,
        "page": page_of(text, place(hit)),
        "metadata": hit.document.metadata,
        "passage": {
            "number": hit.passage.number,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "heading": hit.passage.heading,
            "text": hit.passage.text,
        },
        "shown": _span(text, hit.shown),
        "sentence": _span(text, hit.sentence),
    }


def _span(text: str, span: Span) -> dict[str, object]:
    return {"start": span.start, "end": span.end, "text": text[span.start : span.end]}


def _marked(sentence: str) -> str:
    return typer.style(sentence, bold=True) if sys.stdout.isatty() else f"{OPEN}{sentence}{CLOSE}"


def _body(text: str) -> str:
    """Without the headings it begins with: the line above shows their path."""
    lines = text.splitlines()
    below = list(dropwhile(lambda line: line.startswith("#") or not line.strip(), lines))
    return "\n".join(below)


def tell_script(index: Index, query: str) -> None:
    """On stderr; nothing where there is nothing to tell. Every model knows plain Latin letters, and the card that
    would say so takes some milliseconds to read.
    """
    contract = index.contract
    if query.isascii() or not contract.has_model:
        return

    if told := script_note(query, cards.get(contract.encoder.model), contract.task):
        note(told)
