"""Passages as other libraries hold them: a text with flat metadata."""

from typing import Any

from askew.types import Document, Hit


def metadata_of(hit: Hit) -> dict[str, Any]:
    """Return the metadata of the document, with the place of the passage where the document does not say it itself:
    title, source, heading, and page (from 1), as far as there are any.
    """
    place = {"heading": hit.passage.heading, "page": hit.page}
    found = {**document_metadata(hit.document), **{name: value for name, value in place.items() if value}}
    return {**found, **hit.document.metadata}


def document_metadata(document: Document) -> dict[str, Any]:
    """Return the metadata of a document, with its title and source if it has them."""
    own = {"title": document.title, "source": document.source}
    return {**{name: value for name, value in own.items() if value}, **document.metadata}
