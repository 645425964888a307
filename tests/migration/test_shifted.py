"""Migrations of an index whose vectors are shifted: shifts stay with vectors that are copied, and go with others."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askew.index import Index
from askew.migration.migrate import UNSHIFTED, migrate
from askew.stores.local import versions
from askew.stores.shifts import StoredShifts
from askew.types import FloatMatrix

TEXTS = ["how to return a jacket", "opening hours of the shop", "parcels to Norway", "a lost password"]


@pytest.fixture
def shifted(tmp_path: Path) -> Path:
    """An index of which one document has the vector of another one."""
    name = tmp_path / "shop"
    with Index.create(name, "question-answering", model="hashing") as index:
        index.add([{"id": f"d{n}", "text": text} for n, text in enumerate(TEXTS)], progress=False)
        number = index.store.passages(index.store.keys()[:1].tolist())[0].number
        moved = ("d0", number, index.store.digests(["d0"])["d0"])
        shifts = StoredShifts(rows(index)[3:], (moved,), index.contract.encoder.fingerprint, "nudge-n", 0.1)
    (tmp_path / "shifts").mkdir()
    shifts.save(tmp_path / "shifts")
    migrate(name, shifts=tmp_path / "shifts", switch=True, progress=False)
    migrate(name, drop_old=True)
    return name


def rows(index: Index) -> FloatMatrix:
    return index.store.vectors(index.store.keys())


def is_shifted(name: Path) -> bool:
    with Index.open(name) as index:
        held = rows(index)
        same = bool(np.allclose(held[0], held[3], atol=1e-3))
        assert bool(index.contract.shifts) == same
        if same:
            StoredShifts.load(versions.serving(name.with_suffix(".askew")))
    return same


@pytest.mark.parametrize(
    "change", [{"prompts": {"query": "q: "}}, {"vectors": "float16"}, {"store": "lance://{}"}], ids=str
)
def test_shifts_stay_where_nothing_is_encoded(shifted: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    assert is_shifted(shifted)
    if "store" in change:
        change = {"store": change["store"].format(tmp_path / "shared")}
    made = migrate(shifted, **change, switch=True, progress=False)
    assert (made.written, made.notes) == (len(TEXTS) if "vectors" in change else 0, ())
    assert is_shifted(shifted)
    migrate(shifted, drop_old=True)
    if "store" in change:
        migrate(shifted, prompts={"query": "q: "}, switch=True, progress=False)
        assert is_shifted(shifted)
        migrate(shifted, drop_old=True)
        migrate(shifted, store="folder", switch=True, progress=False)
        assert is_shifted(shifted)


def test_shifts_go_with_the_vectors_that_they_belong_to(shifted: Path) -> None:
    made = migrate(shifted, prompts={"document": "d: "}, switch=True, progress=False)
    assert (made.written, made.copied, made.notes) == (len(TEXTS), 0, (UNSHIFTED,))
    assert not is_shifted(shifted)
