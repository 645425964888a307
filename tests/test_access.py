"""Access control: a view answers, byte for byte, as an index that never held what its reader may not see."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers.guarded import GROUPS, answer, asked, drawn, made, visible

from askew import ContractError, Document, Faq, Index, InputError, QuestionAnswer, StoreError, migrate, sync
from askew.documents.columns import Fields

SECRET = Document(
    "plan", "The merger with Umbrella is in May.", metadata={"codename": "x"}, readers=frozenset({"board"})
)
OPEN = Document("leave", "Everyone has 28 days of paid holiday.", readers=frozenset({"staff", "board"}))
NOBODYS = Document("draft", "A draft on paid holiday that is nobody's yet.")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with made(tmp_path, [SECRET, OPEN, NOBODYS]) as opened:
        yield opened


@pytest.mark.parametrize("seed", range(4))
def test_every_answer_is_that_of_an_index_which_never_held_the_rest(tmp_path: Path, seed: int) -> None:
    documents, rng = drawn(seed, 24), random.Random(seed)
    groups = frozenset(rng.sample(GROUPS, rng.choice((0, 1, 2))))
    ids = [one.id for one in rng.sample(documents, 6)] + ["nobody"]
    with made(tmp_path / "whole", documents) as whole, made(tmp_path / "fresh", visible(documents, groups)) as fresh:
        view, same = whole.visible_to(groups), fresh.visible_to(groups)
        seen = asked(view, seed, ids)
        assert seen == asked(same, seed, ids)
        assert seen == asked(fresh, seed, ids)
        assert answer(lambda: vars(view.sizes())) == answer(lambda: vars(same.sizes()))  # fresh says its bytes on disk


def test_the_answers_follow_every_change(tmp_path: Path) -> None:
    rng, documents = random.Random(5), {one.id: one for one in drawn(5, 20)}
    with made(tmp_path / "whole", list(documents.values())) as whole:
        view = whole.visible_to(["staff"])
        for step in range(6):
            changed = rng.choice(list(documents))
            match step % 3:
                case 0:
                    del documents[changed]
                    whole.delete(changed)
                case 1:
                    one = documents.pop(changed)
                    documents[changed] = Document(changed, f"{one.text} anew", readers=one.readers)
                    whole.add(documents[changed])
                case 2:
                    one = documents[changed]
                    readers = one.readers ^ {"staff"}
                    documents[changed] = Document(changed, one.text, one.title, one.metadata, readers=readers)
                    whole.add(documents[changed])
            if step == 4:
                whole.optimise(progress=False)
            kept = visible(list(documents.values()), ["staff"])
            with made(tmp_path / f"fresh{step}", kept) as fresh:
                ids = [*list(documents)[:5], changed]
                assert asked(view, step, ids) == asked(fresh.visible_to(["staff"]), step, ids)


def test_nobody_sees_a_document_without_readers_and_the_owner_sees_all(index: Index) -> None:
    assert [one.id for one in index.visible_to(["staff", "board", "press"])] == ["plan", "leave"]
    assert [one.id for one in index.visible_to([])] == []
    assert [one.id for one in index] == ["plan", "leave", "draft"]
    assert index.get("plan").readers == {"board"}
    assert index.visible_to(["staff"]).get("leave").readers == {"staff"}


def test_an_invisible_id_and_field_are_unknown_in_the_same_words(index: Index) -> None:
    view = index.visible_to(["staff"])
    hidden, absent = (answer(lambda one=one: view.get(one)) for one in ("plan", "pla2"))
    assert hidden.replace("plan", "pla2") == absent
    hidden, absent = (answer(lambda n=n: view.search("merger", where={n: "x"})) for n in ("codename", "codenam2"))
    assert hidden.replace("codename", "codenam2") == absent
    assert [field.name for field in view.fields()] == []
    assert "plan" not in view
    assert list(view.search("merger with Umbrella", mode="lexical")) == []


def test_revocation_holds_at_the_next_call_also_in_another_process(index: Index, tmp_path: Path) -> None:
    with Index.open(tmp_path / "guarded") as other:
        view = other.visible_to(["board"])
        assert "plan" in view
        added = index.add(Document("plan", SECRET.text, metadata=SECRET.metadata, readers=frozenset({"legal"})))
        assert (added.new, added.changed, added.unchanged) == (0, 1, 0)
        assert "plan" not in view
        assert [hit.id for hit in view.search("merger")] == ["leave"]
        assert "plan" in other.visible_to(["legal"])
        assert index.check() == []


def test_what_was_learned_from_all_documents_is_not_used(index: Index) -> None:
    index.learn(["paid holiday", "merger"], [{"leave": 1}, {"plan": 1}])
    index.store.set_note("weights", json.dumps({"dense": 0.9, "lexical": 0.1, "scale": "evidence"}))
    assert index.weights == (0.9, 0.1)
    assert index.visible_to(["board"]).weights == (1.0, 1.0)
    with pytest.raises(InputError):
        index.visible_to(["board"]).search("holiday", min_confidence=0.9)


def test_a_view_is_read_only_and_has_no_view(index: Index) -> None:
    view = index.visible_to(["board"])
    for change in (lambda: view.add(["x"]), lambda: view.delete("plan"), view.discard, view.optimise):
        with pytest.raises(StoreError):
            change()
    with pytest.raises(StoreError):
        view.store.set_readers({"plan": frozenset()})
    with pytest.raises(InputError):
        view.visible_to(["staff"])
    view.close()
    assert "plan" in index


def test_readers_need_access_control_and_are_names(index: Index, tmp_path: Path) -> None:
    with Index.create(tmp_path / "open", "paraphrase", model="hashing") as opened:
        with pytest.raises(InputError):
            opened.add(OPEN)
        with pytest.raises(InputError):
            opened.visible_to(["staff"])
        assert len(opened) == 0
    for wrong in ([1], 5, {"staff": 1}):
        with pytest.raises(InputError):
            index.add({"text": "A memo.", "acl": wrong}, readers="acl")
        with pytest.raises(InputError):
            index.add(Document("x", "A memo.", readers=wrong))  # type: ignore[arg-type]
    with pytest.raises(ContractError):
        Index.open_or_create(tmp_path / "open", "paraphrase", access=True)
    with pytest.raises(InputError):
        index.visible_to("staff")


def test_readers_come_from_a_key_of_records(index: Index) -> None:
    records = [{"id": "a", "text": "A memo.", "acl": ["staff", "cn=hr,ou=groups"]}, {"id": "b", "text": "Another."}]
    index.add(records, readers="acl")
    assert index.get("a").readers == {"staff", "cn=hr,ou=groups"}
    assert dict(index.get("a").metadata) == {}
    assert index.get("b").readers == frozenset()
    with pytest.raises(InputError):
        index.add({"id": "c", "text": "Third.", "acl": [5]}, readers="acl")


def test_files_bring_their_readers_and_take_them_back(index: Index, tmp_path: Path) -> None:
    table, note = tmp_path / "in" / "table.csv", tmp_path / "in" / "note.md"
    table.parent.mkdir()
    table.write_text("id,text,acl\n1,Red tents.,staff; board\n2,Blue tents.,\n")
    note.write_text("---\nacl: [press]\n---\n# Note\n\nGreen tents.\n")
    fields = Fields(readers="acl")
    sync(index, table.parent, fields, progress=False)
    held = {one.id: one.readers for one in index}
    assert (held["1"], held["2"], held["note.md"]) == ({"staff", "board"}, frozenset(), {"press"})
    table.write_text("id,text,acl\n1,Red tents.,board\n2,Blue tents.,staff\n")
    again = sync(index, table.parent, fields, progress=False)
    assert again.added.changed == 2
    assert [one.id for one in index.visible_to(["staff"])] == ["leave", "2"]
    assert sync(index, table.parent, fields, progress=False).added.unchanged == 3
    index.store.set_readers({"1": frozenset({"staff"})})
    assert sync(index, table.parent, fields, progress=False).added.changed == 1
    assert index.get("1").readers == {"board"}


def test_a_migration_keeps_the_readers(index: Index, tmp_path: Path) -> None:
    index.close()
    migrate(tmp_path / "guarded", chunk_tokens=5, overlap=0, k=1)
    with Index.open(tmp_path / "guarded") as moved:
        assert moved.contract.access
        assert [one.id for one in moved.visible_to(["staff"])] == ["leave"]


def test_own_vectors_have_readers(tmp_path: Path) -> None:
    with Index.create(tmp_path / "own", "paraphrase", dim=3, access=True) as own:
        own.add([SECRET, OPEN], vectors=np.eye(2, 3, dtype=np.float32))
        found = own.visible_to(["staff"]).search(np.array([1, 0, 0], np.float32))
        assert [(hit.id, hit.score) for hit in found] == [("leave", 0.0)]


def test_a_faq_answers_from_what_is_visible_alone(tmp_path: Path) -> None:
    def entries() -> list[QuestionAnswer]:
        rng = random.Random(3)
        return [
            QuestionAnswer(f"q{n}", f"How do I {a} the {b}?", f"You {a} it at the {c}.", {}, frozenset({GROUPS[n % 3]}))
            for n in range(24)
            for a, b, c in [rng.choices(("order", "return", "clean", "lock", "sell", "tent", "kayak", "desk"), k=3)]
        ]

    models = {"question_model": "hashing", "answer_model": "hashing", "access": True}
    mine = [one for one in entries() if "staff" in one.readers]
    with Faq.create(tmp_path / "a", **models) as whole, Faq.create(tmp_path / "b", **models) as fresh:  # type: ignore[arg-type]
        whole.add(entries())
        fresh.add(mine)
        views = whole.visible_to(["staff"]), fresh.visible_to(["staff"])
        for message in ("How do I order a tent?", "lock the desk", "What is the weather?"):
            for threshold in (0.0, 0.5):
                one, other = (
                    answer(lambda v=v, m=message, t=threshold: v.ask(m, threshold=t).as_json()) for v in views
                )
                assert one == other
        assert answer(views[0].estimate) == answer(views[1].estimate)
        assert whole.visible_to([]).ask("How do I order a tent?").near == ()
