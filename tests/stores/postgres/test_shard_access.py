"""Access control over several servers: views tell of nothing else, and each server hides the rest by itself."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.entries import DIM
from helpers.guarded import GROUPS, asked, drawn, made, visible
from helpers.postgres import SUPERUSER, execute, server, together

from askew import Document, Index
from askew.errors import InputError, StoreError
from askew.stores import Layout
from askew.stores.postgres import engine

SERVERS = 3
SECRET = Document("plan", "The merger with Umbrella is in May.", readers=frozenset({"board"}))
OPEN = Document("leave", "Everyone has 28 days of paid holiday.", readers=frozenset({"staff", "board"}))


@pytest.fixture(scope="module")
def url() -> str:
    return together(*map(server, range(SERVERS)))


@pytest.fixture
def index(tmp_path: Path, url: str) -> Iterator[Index]:
    with made(tmp_path / "one", [SECRET, OPEN], store=url) as opened:
        yield opened
        opened.discard()


@pytest.mark.parametrize("seed", range(3))
def test_every_answer_is_that_of_a_folder_which_never_held_the_rest(tmp_path: Path, url: str, seed: int) -> None:
    documents, rng = drawn(seed, 24), random.Random(seed)
    groups = frozenset(rng.sample(GROUPS, rng.choice((1, 2))))
    ids = [one.id for one in rng.sample(documents, 6)] + ["nobody"]
    fresh = made(tmp_path / "fresh", visible(documents, groups))
    whole = made(tmp_path / "whole", documents, store=url)
    try:
        assert asked(whole.visible_to(groups), seed, ids) == asked(fresh.visible_to(groups), seed, ids)
        assert whole.check() == []
    finally:
        whole.discard()
        fresh.close()


def test_the_answers_follow_every_change(index: Index, tmp_path: Path) -> None:
    documents, view = {one.id: one for one in drawn(5, 12)}, index.visible_to(["staff"])
    index.delete(["plan", "leave"])
    index.add(list(documents.values()))
    for step, id in enumerate(list(documents)[:3]):
        one = documents.pop(id)
        if step == 0:
            index.delete(id)
        else:
            readers = one.readers ^ {"staff"} if step == 1 else one.readers
            documents[id] = Document(id, f"{one.text} anew"[: None if step == 2 else -5], readers=readers)
            index.add(documents[id])
    index.optimise(progress=False)
    with made(tmp_path / "fresh", visible(list(documents.values()), ["staff"])) as fresh:
        assert asked(view, 5, list(documents)[:5]) == asked(fresh.visible_to(["staff"]), 5, list(documents)[:5])
    assert index.check() == []


def test_revocation_holds_at_the_next_call_of_another_process(index: Index, tmp_path: Path) -> None:
    with Index.open(tmp_path / "one" / "guarded") as other:
        view = other.visible_to(["board"])
        assert "plan" in view
        assert index.store.set_readers({"plan": frozenset({"legal"}), "leave": OPEN.readers}) == 1
        assert "plan" not in view
        assert [hit.id for hit in view.search("merger", mode="lexical")] == []
        assert other.store.readers(["plan", "leave"]) == {"plan": {"legal"}, "leave": OPEN.readers}
    assert index.check() == []


def test_each_server_hides_what_no_group_of_the_session_may_read(index: Index) -> None:
    index.add(drawn(1, 20))
    store = index.store
    held = len(store.keys())
    with store.seen_by(frozenset({"board"})):  # type: ignore[attr-defined]
        seen = set(store.owners(store.keys().tolist()))
        assert seen == {one.id for one in visible([SECRET, OPEN, *drawn(1, 20)], ["board"])}
        assert all(one.readers <= {"board"} for one in store.documents(sorted(seen)))
    assert len(store.keys()) == held
    tables = ("documents", "texts", "passages", "vectors", "metadata", "terms", "postings", "readers")
    for number in range(SERVERS):
        rows = f"SELECT {' + '.join(f'(SELECT count(*) FROM askew_guarded.{table})' for table in tables)}"
        assert execute(server(number).url(), rows) == [(0,)]
        assert execute(server(number).url(SUPERUSER), rows) != [(0,)]


def test_servers_that_are_passed_over_and_roles_that_pass_are_refused(index: Index, url: str) -> None:
    with pytest.raises(InputError, match="degraded"):
        engine.open_store(f"{url}&degraded=allow", "guarded", writable=False, wait=1.0)
    passing = together(server(0), server(1)).replace("shard=askew:", f"shard={SUPERUSER}:")
    with pytest.raises(StoreError, match="row-level security"):
        engine.create(passing, "passing", Layout(DIM, "m", access=True))
    assert not any(engine.exists(server(number).url(), "passing") for number in range(2))
