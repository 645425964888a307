"""Hits as text."""

from collections.abc import Sequence
from itertools import dropwhile

from askew.cli.output import Strong, note, say
from askew.index import Index
from askew.search.hits import place
from askew.text.display import WIDTH, shorten
from askew.types import BETWEEN, Hit, page_of


def show_hits(found: Sequence[Hit], width: int = WIDTH) -> None:
    for hit in found:
        say(f"{hit.rank:>2}  {hit.score:.3f}  {cited(hit)}")
        say("    ", *snippet(hit, width))
        if hit.copies:
            copies = "1 copy" if len(hit.copies) == 1 else f"{len(hit.copies):,} copies"
            say(f"    and {copies}: {shorten(', '.join(hit.copies), width)}")


def cited(hit: Hit) -> str:
    """Return the origin of a hit: document, page or sheet and row if there are any, title and heading."""
    page = f"  p. {number}" if (number := page_of(hit.document.text, place(hit))) else ""
    sheet, row = (hit.document.metadata.get(name) for name in ("sheet", "row"))
    cell = f"  {sheet}, row {row}" if isinstance(sheet, str) and isinstance(row, int) else ""
    title = f"  {hit.document.title}" if hit.document.title else ""
    below = hit.passage.heading.removeprefix(f"{hit.document.title}{BETWEEN}")
    heading = f" · {below}" if below not in ("", hit.document.title) else ""
    return f"{hit.document.id}{page}{cell}{title}{heading}"


def snippet(hit: Hit, width: int = WIDTH) -> list[str | Strong]:
    """Return the parts of one line of about `width` characters around the best sentence."""
    text, shown, best = hit.document.text, hit.shown, hit.sentence
    if not best:
        return [shorten(_body(hit.text), width)]
    sentence = shorten(text[best.start : best.end], width)
    before = " ".join(_body(text[shown.start : best.start]).split())
    after = " ".join(text[best.end : shown.end].split())
    if not before and not after:
        return [sentence]
    left = max(width - len(sentence), 0)
    before = shorten(before, max(left - len(after), left // 2, 1), end=True)
    after = shorten(after, max(left - len(before), 1))
    return [f"{before} " if before else "", Strong(sentence), f" {after}" if after else ""]


def _body(text: str) -> str:
    """Return the text without leading headings, which are already in the citation."""
    lines = text.splitlines()
    below = list(dropwhile(lambda line: line.startswith("#") or not line.strip(), lines))
    return "\n".join(below)


def note_script(index: Index, query: str) -> None:
    """Print a note if the model does not know the script of the query."""
    contract = index.contract
    if query.isascii() or not contract.has_model:  # every model knows these letters, and its card takes time to read
        return
    from askew.models import cards
    from askew.models.scripts import script_note

    if message := script_note(query, cards.get(contract.encoder.model), contract.task):
        note(message)
