"""Indexes in Postgres: what works on a folder works on a server."""

import random
from pathlib import Path

import pytest
from helpers.cli import process
from helpers.guarded import GROUPS, asked, drawn, made, visible
from helpers.postgres import PASSWORD, server

from askew import Document, Index, migrate


@pytest.mark.parametrize("seed", range(2))
def test_a_view_answers_as_a_folder_that_never_held_the_rest(tmp_path: Path, url: str, seed: int) -> None:
    documents, rng = drawn(seed, 24), random.Random(seed)
    groups = frozenset(rng.sample(GROUPS, rng.choice((1, 2))))
    ids = [one.id for one in rng.sample(documents, 6)] + ["nobody"]
    with made(tmp_path / "fresh", visible(documents, groups)) as fresh:
        whole = made(tmp_path / "whole", documents, store=url)
        try:
            assert asked(whole.visible_to(groups), seed, ids) == asked(fresh.visible_to(groups), seed, ids)
        finally:
            whole.discard()


def test_an_index_is_its_pointer(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "book.askew"
    with Index.create(folder, "question-answering", model="hashing", store=url) as index:
        index.add([Document("leave", "Everyone has 28 days of paid holiday."), Document("dogs", "Dogs on Fridays.")])
        for mode in ("dense", "lexical", "hybrid"):
            assert index.search("paid holiday", 1, mode=mode)[0].id == "leave"
        assert [{pair.a, pair.b} for pair in index.duplicates(0.99).pairs] == []
        assert index.add([Document("leave", "Everyone has 28 days of paid holiday.")]).unchanged == 1
    assert [path.name for path in folder.iterdir()] == ["store.json"]
    assert PASSWORD not in (folder / "store.json").read_text("utf-8")
    assert "%" not in (folder / "store.json").read_text("utf-8")
    with Index.open(folder) as index:  # this process was given the password
        assert len(index) == 2
    elsewhere = process("show", "book", cwd=tmp_path)
    assert (elsewhere.code, "PGPASSWORD" in elsewhere.err, PASSWORD in elsewhere.err) == (2, True, False)


def test_the_password_comes_from_the_environment(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    plain = f"postgresql://askew@127.0.0.1:{server().port}/askew"
    with Index.create(tmp_path / "plain", "question-answering", model="hashing", store=plain) as index:
        index.add([Document("leave", "Everyone has 28 days of paid holiday.")])
    with Index.open(tmp_path / "plain", writable=True) as index:
        assert [document.id for document in index] == ["leave"]
        index.optimise(progress=False)
    shown = process("show", "plain", cwd=tmp_path)
    assert (shown.code, "exact" in shown.out) == (0, True)
    with Index.open(tmp_path / "plain", writable=True) as index:
        index.discard()


def test_a_migration_builds_a_version_beside_it(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with Index.create(tmp_path / "moved", "question-answering", model="hashing", store=url) as index:
        index.add([Document("leave", "Everyone has 28 days of paid holiday.")])
    migrate(tmp_path / "moved", chunk_tokens=40, overlap=0, progress=False)
    with Index.open(tmp_path / "moved") as index:
        assert index.search("paid holiday", 1)[0].id == "leave"
