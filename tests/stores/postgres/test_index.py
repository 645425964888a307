"""Indexes in Postgres: what works on a folder works on a server."""

import random
from pathlib import Path

import pytest
from helpers.cli import process
from helpers.guarded import GROUPS, asked, drawn, made, visible
from helpers.postgres import PASSWORD, SEVERAL, Server, server

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


def test_float16_is_shown_without_the_promise_of_a_measurement(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with Index.create(tmp_path / "half", "question-answering", model="hashing", vectors="float16", store=url) as index:
        index.add([Document("leave", "Everyone has 28 days of paid holiday.")])
        assert index.facts()["stored"] == {"precision": "float16", "measures": False}
    shown = process("show", "half", cwd=tmp_path)
    assert (shown.code, "float16" in shown.out, "measured" in shown.out) == (0, True, False)


def test_the_command_line_says_which_server_an_answer_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    pair = Server(SEVERAL).create(), Server(SEVERAL).create()
    try:
        plain = [f"askew@127.0.0.1:{one.port}/askew" for one in pair]
        place = f"postgresql://{plain[0]}?shard={plain[1]}&degraded=allow"
        (tmp_path / "t.csv").write_text("id,text\n" + "".join(f"d{i},red tent {i}\n" for i in range(12)), "utf-8")
        assert process("index", "book", "t.csv", "--task", "question-answering", "--model", "hashing", "--store", place,
                       cwd=tmp_path).code == 0  # fmt: skip
        pair[1].kill()
        found = process("search", "book", "red tents", cwd=tmp_path)
        assert (found.code, f":{pair[1].port}/" in found.err, PASSWORD in found.err) == (0, True, False)
        assert process("check", "book", cwd=tmp_path).code == 1
        written = process("index", "book", "t.csv", "--verify", cwd=tmp_path)
        assert (written.code, f":{pair[1].port}/" in written.err) == (2, True)
    finally:
        for one in pair:
            one.close()
