from askew.dedup.keep import KeepRule
from askew.dedup.plan import Link, planned, unsafe
from askew.dedup.removals import Removal
from askew.pair_labels.verdict import Kind
from askew.types import Document, Group, Pair

TEXTS = {
    "a": "How do I return a jacket?",
    "b": "How do I return jackets?",
    "c": "How can I send a jacket back?",
    "d": "How do I return a jacket",
    "e": "How do I return a coat?",
}
DOCUMENTS = {id: Document(id, text) for id, text in TEXTS.items()}
GROUP = Group("g000001", tuple(TEXTS), "b")


def link(a: str, b: str, score: float, label: Kind = Kind.PARAPHRASE) -> Link:
    return Link(Pair(score, a, b), label, "semantic")


EVERY = [
    link("a", "b", 0.97, Kind.NEAR_IDENTICAL),
    link("a", "c", 0.9),
    link("a", "d", 0.99, Kind.NEAR_IDENTICAL),
    link("a", "e", 0.91),
    link("b", "d", 0.96, Kind.NEAR_IDENTICAL),
]


def test_only_what_differs_harmlessly_goes() -> None:
    assert planned([GROUP], DOCUMENTS, KeepRule(), EVERY) == [
        Removal("b", "g000001", "a", 0.97, "near-identical", "semantic"),
        Removal("d", "g000001", "a", 0.99, "near-identical", "semantic"),
    ]


def test_an_included_label_goes_too_and_is_logged_with_its_own_score() -> None:
    gone = planned([GROUP], DOCUMENTS, KeepRule(), EVERY, include=[Kind.PARAPHRASE])
    assert [(one.id, one.score, one.verdict) for one in gone] == [
        ("b", 0.97, "near-identical"),
        ("c", 0.9, "paraphrase"),
        ("d", 0.99, "near-identical"),
        ("e", 0.91, "paraphrase"),
    ]


def test_a_row_goes_only_next_to_one_that_it_is_a_pair_with() -> None:
    """The longest stays, c. The others but a are no pair with it: b stays among them, and d goes next to it."""
    gone = planned([GROUP], DOCUMENTS, KeepRule("longest"), EVERY, include=[Kind.PARAPHRASE])
    assert [(one.id, one.stays) for one in gone] == [("a", "c"), ("d", "b")]


def test_copies_share_the_pairs_of_the_text_that_they_are_identical_to() -> None:
    documents = {
        **DOCUMENTS,
        "f": Document("f", "how do i return JACKETS"),
        "g": Document("g", "How do I return jackets 👍"),
    }
    group = Group("g000001", ("a", "b", "f", "g"), "a")
    gone = planned([group], documents, KeepRule(), EVERY, first={"f": "b", "g": "b"})
    assert [(one.id, one.stays, one.score) for one in gone] == [("b", "a", 0.97), ("f", "a", 0.97)]


def test_titles_must_agree() -> None:
    chair = Document("a", "Solid wood, two years of warranty.", "Red chair")
    assert unsafe(chair, Document("b", "Solid wood; two years of warranty", "red chair")) == ""
    assert "Blue" in unsafe(chair, Document("b", chair.text, "Blue chair"))
    assert unsafe(chair, Document("b", chair.text)) != ""


def test_no_groups_take_nothing_away() -> None:
    assert planned([], DOCUMENTS, KeepRule(), EVERY) == []
