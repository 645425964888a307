from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.search.abstention import top_hits
from askew.search.ranking import SearchParams
from askew.stores.local import LocalStore
from askew.types import FloatMatrix

MEANING = {"water": vector(1.0), "camp": vector(0.0, 1.0), "zebra": vector(0.5, 0.0)}


def encode(texts: Sequence[str]) -> FloatMatrix:
    return np.array([MEANING[text] for text in texts], np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    made.write(
        [
            entry("boats", ("kayak", vector(0.9)), ("canoe", vector(0.8))),
            entry("words", ("water", vector(0.1, 0.2))),
            entry("tents", ("camp", vector(0.0, 0.9)), ("fire", vector(0.3, 0.1))),
        ]
    )
    yield made
    made.close()


def test_the_lead_is_over_the_next_document_and_both_rankings_are_asked(store: LocalStore) -> None:
    water, camp, zebra = top_hits(store, encode, ["water", "camp", "zebra"], SearchParams())
    assert (water.document, water.agreed) == ("boats", 0.5)
    assert (water.score, water.lead) == (pytest.approx(0.9), pytest.approx(0.9 - 0.3))
    assert (camp.document, camp.agreed) == ("tents", 1.0)
    assert (zebra.document, zebra.agreed) == ("boats", 0.5)


def test_how_many_are_wanted_makes_no_difference(store: LocalStore) -> None:
    assert top_hits(store, encode, ["water"], SearchParams(1)) == top_hits(
        store, encode, ["water"], SearchParams(3, offset=1)
    )


def test_by_word_a_lone_hit_leads_by_its_score_and_nothing_is_no_hit(store: LocalStore) -> None:
    camp, zebra = top_hits(store, encode, ["camp", "zebra"], SearchParams(mode="lexical"))
    assert camp.document == "tents"
    assert camp.lead == camp.score > 0
    assert (zebra.document, zebra.agreed) == ("", 0.0)
