"""A text index as the first askew wrote it."""

from collections.abc import Mapping
from pathlib import Path

import tantivy


def first_version(folder: Path, texts: Mapping[int, str]) -> None:
    folder.mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name="askew", index_option="freq")
    index = tantivy.Index(builder.build(), path=str(folder))
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase()).build()
    index.register_tokenizer("askew", words)
    writer = index.writer(15_000_000, 1)
    for key, content in texts.items():
        document = tantivy.Document()
        document.add_unsigned("key", key)
        document.add_text("text", content)
        writer.add_document(document)
    writer.commit()
    del writer
