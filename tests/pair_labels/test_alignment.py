from helpers.read import read

from askew.pair_labels.alignment import Alignment, Hole, Place, align


def aligned(a: str, b: str) -> Alignment:
    return align(read(a), read(b))


def test_holes_lie_between_what_is_shared() -> None:
    found = aligned("we open the shop at nine", "we open a big shop at ten")
    assert found.matched == 4
    assert found.holes == (Hole(2, 3, 2, 4), Hole(5, 6, 6, 7))
    assert found.exchanged(Place(5), Place(6))
    assert not found.exchanged(Place(5), Place(3))
    assert found.holes[0].size == 3


def test_inflection_is_no_hole() -> None:
    assert aligned("she sends parcels", "she send a parcel").holes == (Hole(2, 2, 2, 3),)
    assert len(align(read("she sends parcels"), read("she send a parcel"), exact=True).holes) == 1


def test_equal_texts_have_none_and_others_one() -> None:
    assert aligned("a b c", "A, b; c!").holes == ()
    assert aligned("red fox", "tall tree").holes == (Hole(0, 2, 0, 2),)
    assert aligned("", "tall tree").holes == (Hole(0, 0, 0, 2),)


def test_two_stretches_are_exchanged_where_little_stands_around_them() -> None:
    a, b = read("a ticket to Crewe please"), read("a ticket to Stoke please")
    assert align(a, b).exchanged(a.names[0], b.names[0])
    c = read("a ticket for my dear old aunt from Stoke please")
    assert not align(a, c).exchanged(a.names[0], c.names[0])
