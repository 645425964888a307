import pytest
from helpers.read import read, said

from askew.pair_labels.alignment import align
from askew.pair_labels.contradictions import Conflicts
from askew.pair_labels.signs import faces, signed


def found(a: str, b: str) -> Conflicts:
    left, right = read(a), read(b)
    return signed(left, right, align(left, right))


@pytest.mark.parametrize(
    ("a", "b", "rule", "left", "right"),
    [
        ("y = p * q", "y = p / q", "sign", ["*"], ["/"]),
        ("Is p == q here?", "Is p != q here?", "sign", ["=="], ["!="]),
        ("A rise of 3%", "A rise of 3", "sign", ["%"], []),
        ("Nice boat 😀", "Nice boat 😢", "sign", ["😀"], ["😢"]),
        ("Nice boat :)", "Nice boat :(", "sign", [":)"], [":("]),
        ("Mail to ann@harbour.example", "Mail to ben@harbour.example", "code", ["ann@harbour.example"], None),
        ("Edit /srv/a/boats.csv", "Edit /srv/b/boats.csv", "code", ["/srv/a/boats.csv"], None),
    ],
)
def test_signs_and_codes_that_differ(a: str, b: str, rule: str, left: list[str], right: list[str] | None) -> None:
    [conflict] = found(a, b)
    assert conflict.rule == rule
    assert said(a, conflict.a) == left
    assert right is None or said(b, conflict.b) == right


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Nice boat 😀", "Nice boat"),
        ("Nice boat 👍🏽👍", "Nice boat 👍"),
        ("File > Print", "File → Print"),
        ("See https://harbour.example/", "See harbour.example"),
        ("Rowers/sailors only", "Rowers & sailors only"),
        ("It costs $7", "It costs 7 dollars"),
        ("<i>Bring</i> a rope", "Bring a rope"),
    ],
)
def test_what_signs_may_be_added_or_written_otherwise(a: str, b: str) -> None:
    assert found(a, b) == found(b, a) == ()


def test_emoticons_have_a_mood() -> None:
    assert faces("Hi :-) and :D") == faces("Hi ;) and :)")
    assert faces("Hi :)") != faces("Hi :(")
    assert faces("at 5:(see below)") == ()
