"""Words marked in plain text."""

from collections.abc import Iterable, Sequence

from askew.types import Span


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order, and those that meet as one."""
    made: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if made and span.start <= made[-1].end:
            made[-1] = Span(made[-1].start, max(made[-1].end, span.end))
        else:
            made.append(span)
    return made


def bracketed(text: str, spans: Sequence[Span]) -> str:
    """Each span in brackets."""
    parts, at = [], 0
    for span in merged(spans):
        parts += [text[at : span.start], "[", text[span.start : span.end], "]"]
        at = span.end
    return "".join([*parts, text[at:]])
