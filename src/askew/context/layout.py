"""From pieces to a text with numbered sources, and what each number stands for."""

from collections.abc import Sequence

from askew.context import Citation
from askew.context.pieces import Piece
from askew.documents.headings import BETWEEN
from askew.documents.pages import page_of

MORE = "…"  # where a piece was cut
PART = " · "


def text_of(arranged: Sequence[Piece]) -> str:
    """Each piece under a header of one line, `[1] Title · Heading, page 3`, with a blank line between."""
    return "\n\n".join(f"{header(citation)}\n{_body(piece)}" for piece, citation in _both(arranged))


def citations(arranged: Sequence[Piece]) -> tuple[Citation, ...]:
    return tuple(_citation(number, piece) for number, piece in enumerate(arranged, start=1))


def header(citation: Citation) -> str:
    named = PART.join(part for part in (_line(citation.title or citation.document), under(citation)) if part)
    page = f", page {citation.page}" if citation.page else ""
    return f"[{citation.number}] {named}{page}"


def under(citation: Citation) -> str:
    """The heading without the title, which is said already; "" where it is nothing else."""
    title = _line(citation.title)
    return "" if citation.heading == title else citation.heading.removeprefix(title + BETWEEN)


def _both(arranged: Sequence[Piece]) -> list[tuple[Piece, Citation]]:
    return list(zip(arranged, citations(arranged), strict=True))


def _body(piece: Piece) -> str:
    return f"{piece.text.rstrip()} {MORE}" if piece.cut else piece.text


def _citation(number: int, piece: Piece) -> Citation:
    document = piece.document
    return Citation(
        number=number,
        document=document.id,
        title=document.title,
        source=document.source,
        page=page_of(document.text, piece.start),
        heading=piece.heading,
        start=piece.start,
        end=piece.end,
        score=piece.score,
        cut=piece.cut,
    )


def _line(text: str) -> str:
    return " ".join(text.split())
