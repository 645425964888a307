import numpy as np
import pytest

from askew.dedup.agreement import Beside, relabelled, spread, told_apart, unsafe
from askew.dedup.labels import JudgedPair
from askew.dedup.set_join.layers import Layer
from askew.errors import InputError, UnknownNameError
from askew.pair_labels.verdict import DUPLICATE, Kind
from askew.types import Document

TEXT = "Solid beech frame, easy to clean."
RED = "The red chair with the arms"
TITLES = {"a": RED, "b": "Blue chair", "c": RED.upper(), "d": RED, "e": "A red chair with arms", "f": "Blue chair"}
SIZES = dict(zip("abcdef", ["M", "M", "m", "L", "M", "M"], strict=True))
CHAIRS = [
    Document(id, TEXT if id < "e" else "A beech frame that is easy to clean.", title, {"Size": SIZES[id], "lot": id})
    for id, title in TITLES.items()
]
PLACES = dict(enumerate(CHAIRS))
FIRST = np.array([0, 0, 0, 0, 4, 4])
"""Of texts: the first four are one, and so are the other two."""


def pair(a: int, b: int) -> JudgedPair:
    ids = CHAIRS[a].id, CHAIRS[b].id
    texts = CHAIRS[a].text, CHAIRS[b].text
    return JudgedPair(0.9, *ids, Kind.PARAPHRASE, "", Layer.SEMANTIC, *texts, positions=(a, b))


def test_titles_and_columns_must_agree_but_for_what_is_harmless() -> None:
    a, b, c, d, e, _ = CHAIRS
    assert unsafe(a, c) == ""
    assert "“Blue chair”" in unsafe(a, b)
    assert unsafe(a, d) == ""
    assert unsafe(a, d, Beside(("Size",))) == "different Size: “M” vs “L”"
    assert unsafe(a, c, Beside(("Size",))) == ""
    assert unsafe(a, c, Beside(("lot",))) != ""
    assert Beside().difference(a, e) == ""
    assert Beside().difference(a, Document("x", TEXT)) != ""
    assert Beside(("Size",)).difference(Document("x", TEXT), Document("y", TEXT, metadata={"Size": ""})) == ""


@pytest.mark.parametrize(("columns", "first"), [((), [0, 1, 0, 0, 4, 5]), (("Size",), [0, 1, 0, 3, 4, 5])])
def test_identical_texts_are_told_apart_by_what_stands_beside_them(columns: tuple[str, ...], first: list[int]) -> None:
    assert told_apart(FIRST, PLACES, Beside(columns)).tolist() == first


def test_a_pair_of_texts_holds_for_all_documents_that_agree() -> None:
    made = spread([pair(0, 4)], FIRST, PLACES, [one.id for one in CHAIRS], Beside())
    assert sorted((one.a, one.b, one.positions) for one in made) == [("a", "e", (0, 4)), ("b", "f", (1, 5))]
    without_e = {place: one for place, one in PLACES.items() if one.id != "e"}
    assert spread([pair(0, 4)], FIRST, without_e, [one.id for one in CHAIRS], Beside()) == []


def test_a_pair_with_other_titles_has_other_values() -> None:
    same, other = relabelled([pair(0, 4), pair(0, 5)], PLACES, PLACES, DUPLICATE, Beside())
    assert same == pair(0, 4)
    assert (other.label, other.reason) == (
        Kind.OTHER_VALUES,
        "different title: “The red chair with the arms” vs “Blue chair”",
    )
    assert relabelled([pair(0, 5)], PLACES, PLACES, {Kind.IDENTICAL}, Beside()) == [pair(0, 5)]


def test_columns_are_found_by_name() -> None:
    assert Beside(("SIZE",)).resolved(CHAIRS) == Beside(("Size",))
    with pytest.raises(UnknownNameError, match="Size"):
        Beside(("siz",)).resolved(CHAIRS)
    with pytest.raises(InputError, match="every row"):
        Beside(("size",)).resolved([Document("a", TEXT)])
