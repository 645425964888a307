"""Indexes that are wrong on purpose, with vectors and texts that a test can reckon with."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from helpers.patients import Make, entry, spread

from askew.diagnostics.finding import DiagnosticContext
from askew.index import Index
from askew.types import FloatMatrix


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Make]:
    """A case of an index by the weightless model, of these texts; vectors are random unit ones unless given."""
    opened = []

    def make(
        texts: Sequence[str], vectors: FloatMatrix | None = None, task: str = "question-answering"
    ) -> DiagnosticContext:
        index = Index.create(tmp_path / f"patient{len(opened)}", task, model="hashing", policy="warn")
        opened.append(index)
        rows = spread(len(texts), index.contract.encoder.dim) if vectors is None else vectors
        index.store.write([entry(f"d{i}", text, row) for i, (text, row) in enumerate(zip(texts, rows, strict=True))])
        return DiagnosticContext(index, "patient", index.sizes())

    yield make
    for index in opened:
        index.close()
