from pathlib import Path

from askew.index import Index
from askew.migration.parity import CHANGED, HITS, Replayed, ReplayedHits, document_titles, most_changed
from askew.types import Document


def found(*ids: str) -> tuple[ReplayedHits, ...]:
    return tuple(ReplayedHits(id, 1.0) for id in ids)


def test_what_did_not_change_is_left_out() -> None:
    same, order, other = (
        Replayed("1", "a", found("x", "y"), found("x", "y")),
        Replayed("2", "b", found("x", "y"), found("y", "x")),
        Replayed("3", "c", found("x", "y"), found("z")),
    )
    assert most_changed([other, order, same]) == [other, order]
    assert len(most_changed([other] * 50)) == CHANGED


def test_documents_of_either_side_are_named_by_title_or_beginning(tmp_path: Path) -> None:
    with (
        Index.create(tmp_path / "old", "question-answering", model="hashing") as old,
        Index.create(tmp_path / "new", "question-answering", model="hashing") as new,
    ):
        old.add([Document("t", "some text", title="Title"), Document("long", "word " * 100)])
        new.add([Document("n", "in the\nnew one only")])
        deep = ["t", "long", "x", "deeper"]
        known = document_titles(old, new, [Replayed("q", "q", found(*deep), found("n", "t"))])
    assert HITS == 3
    assert known == {"t": "Title", "n": "in the new one only", "long": " ".join(["word"] * 23) + " …"}
