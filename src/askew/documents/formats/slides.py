"""Parser for PPTX: each slide is a page with its title as heading, followed by its content and the speaker notes."""

import io
from collections.abc import Iterator
from typing import Any

from askew.documents.formats import zips
from askew.documents.formats.draft import Draft, iso, paged
from askew.documents.formats.markup import blocks, heading, item, plain, row


def parse(data: bytes) -> Draft:
    zips.opened(data).close()
    from pptx import Presentation

    opened = Presentation(io.BytesIO(data))
    about = opened.core_properties
    pages = [_slide(slide) for slide in opened.slides]
    return paged(pages, [about.title or ""], author=about.author or "", created=iso(about.created))


def _slide(slide: Any) -> str:
    title = slide.shapes.title
    head = heading(1, title.text_frame.text) if title is not None else ""
    own = title.shape_id if title is not None else None
    body = [block for shape in slide.shapes if shape.shape_id != own for block in _shape(shape)]
    return blocks([head, *body, _notes(slide)])


def _shape(shape: Any) -> Iterator[str]:
    if hasattr(shape, "shapes"):
        for inner in shape.shapes:
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield from (row([cell.text for cell in line.cells]) for line in shape.table.rows)
    elif getattr(shape, "has_chart", False) and shape.chart.has_title and shape.chart.chart_title.has_text_frame:
        yield plain(shape.chart.chart_title.text_frame.text)
    elif getattr(shape, "has_text_frame", False):
        yield from _paragraphs(shape)


def _paragraphs(shape: Any) -> Iterator[str]:
    """Yield paragraphs; several in one placeholder are list items, as is usual on slides."""
    written = [(part.level, part.text.strip()) for part in shape.text_frame.paragraphs if part.text.strip()]
    if shape.is_placeholder and len(written) > 1:
        yield from (item(level, text) for level, text in written)
    else:
        yield from (plain(text) for _, text in written)


def _notes(slide: Any) -> str:
    """Return the speaker notes. Checks for them first: accessing missing notes would create them."""
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    text = frame.text.strip() if frame is not None else ""
    return f"Notes: {text}" if text else ""
