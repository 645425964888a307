"""Search results: documents with their best passages, and their conversion to other forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, overload

from askew.types import Document, Hit, Passage, Span, page_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

LISTED = 10
"""Hits in a repr."""
IN_NOTEBOOK = ("rank", "score", "id", "title", "text")


@dataclass(frozen=True)
class Reranking:
    """Report of a reranking: `model` scored `scored` of the `candidates` in `seconds`; the others follow in their old
    order. model: "" if nothing was reranked.
    """

    model: str = ""
    candidates: int = 0
    scored: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, repr=False)
class Hits(Sequence[Hit]):
    """The hits of one query, best first, how they were reranked, and how much of the query was not searched for.

    lost: number of the query's tokens that the model did not see: beyond its maximum length, or words it does not know.
    missing: the servers that did not answer, whose documents are left out; see `docs/postgres.md`.
    """

    hits: tuple[Hit, ...]
    reranking: Reranking = field(default_factory=Reranking)
    lost: int = 0
    missing: tuple[str, ...] = ()

    @overload
    def __getitem__(self, place: int) -> Hit: ...
    @overload
    def __getitem__(self, place: slice) -> "Hits": ...
    def __getitem__(self, place: int | slice) -> "Hit | Hits":
        return replace(self, hits=self.hits[place]) if isinstance(place, slice) else self.hits[place]

    def __len__(self) -> int:
        return len(self.hits)

    def __repr__(self) -> str:
        rest = f"\n  … {len(self) - LISTED:,} more" if len(self) > LISTED else ""
        return f"Hits({len(self):,})" + "".join(f"\n  {hit!r}" for hit in self.hits[:LISTED]) + rest

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a flat dict per hit: rank, score, id, title, text, page, heading, source, then the metadata.

        A metadata field with one of these names is prefixed with `metadata.`.
        """
        from askew.export.frames import hit_rows, to_dicts

        return to_dicts(hit_rows(self))

    def to_pandas(self) -> "pd.DataFrame":
        """Return the rows of `to_dicts` as a DataFrame. Raises InputError if pandas is not installed."""
        from askew.export.frames import HIT_COLUMNS, hit_rows, to_pandas

        found: pd.DataFrame = to_pandas(hit_rows(self), HIT_COLUMNS)
        return found

    def to_polars(self) -> "pl.DataFrame":
        """Return the rows of `to_dicts` as a polars DataFrame. Raises InputError if polars is not installed."""
        from askew.export.frames import HIT_COLUMNS, hit_rows, to_polars

        found: pl.DataFrame = to_polars(hit_rows(self), HIT_COLUMNS)
        return found

    def to_arrow(self) -> "pa.Table":
        """Return the rows of `to_dicts` as an Arrow table. Raises InputError if pyarrow is not installed."""
        from askew.export.frames import HIT_COLUMNS, hit_rows, to_arrow

        return to_arrow(hit_rows(self), HIT_COLUMNS)

    def _repr_html_(self) -> str:
        from askew.export.frames import hit_rows, html_table

        return html_table(hit_rows(self), IN_NOTEBOOK)


def place(hit: Hit) -> int:
    """Return the offset of the best sentence, or of the best passage if no sentence was determined."""
    return hit.sentence.start if hit.sentence else hit.passage.start


def hit_fields(hit: Hit, whole: bool = False) -> dict[str, Any]:
    """Return a hit as JSON. whole: with the whole text of the document, from which `hit_of` makes the same hit."""
    text = hit.document.text
    return {
        **({"text": text} if whole else {}),
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
        "copies": list(hit.copies),
    }


def hit_of(fields: Mapping[str, Any]) -> Hit:
    """Return the hit with these fields, the whole text among them."""
    from askew.decode import UnexpectedFormError, decoded

    try:
        document = decoded(Document, fields)
        passage = decoded(Passage, {**fields["passage"], "document": document.id})
        shown, sentence = (decoded(Span, fields[name]) for name in ("shown", "sentence"))
        rank, score, method, copies = (fields[name] for name in ("rank", "score", "method", "copies"))
    except (KeyError, TypeError) as error:
        raise UnexpectedFormError(f"a hit has no {error}") from None
    return Hit(rank, score, document, passage, method, shown, sentence, tuple(copies))


def _span(text: str, span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": text[span.start : span.end]}
