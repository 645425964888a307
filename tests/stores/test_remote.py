"""Names of remote stores, which no two indexes share, and indexes that find only their own."""

from pathlib import Path

import pytest

from askew.errors import InputError
from askew.index import Index
from askew.migration.migrate import migrate
from askew.stores.remote import NAME, name_of, version_name

NAMES = ("docs", "docs-1", "docs-v1", "docs-v1-v2", "Docs", "i (x)", "i-x", "i x", "a" * 40, "a" * 41, "a" * 60, "ä-b")


def test_two_indexes_never_have_one_name() -> None:
    names = [name_of(one) for one in NAMES] + [version_name(one, n) for one in NAMES for n in (1, 12, 99_999)]
    assert len(set(names)) == len(names)
    assert all(NAME.fullmatch(one) for one in names)
    assert (name_of("docs-1"), version_name("docs", 3)) == ("docs-1", "docs-v3")
    with pytest.raises(InputError):
        name_of("日本")


@pytest.mark.parametrize("name", ["docs", "n" * 55])
def test_an_index_is_not_given_the_store_of_a_migrated_one(tmp_path: Path, name: str) -> None:
    url = f"lance://{tmp_path / 'objects'}"
    with Index.create(tmp_path / name, "question-answering", model="hashing", store=url) as index:
        index.add([{"id": "a", "text": "a red tent"}], progress=False)
    migrate(tmp_path / name, policy="warn", switch=True, progress=False)
    for other in (f"{name}-1", f"{name}-v1"):
        with Index.open_or_create(tmp_path / other, "question-answering", model="hashing", store=url) as index:
            assert len(index) == 0
            index.add([{"id": "b", "text": "a blue kayak"}], progress=False)
    with Index.open(tmp_path / name) as index:
        assert len(index) == 1
    elsewhere = tmp_path / "elsewhere" / f"{name}-1"
    elsewhere.parent.mkdir()
    with Index.open_or_create(elsewhere, "question-answering", model="hashing", store=url) as index:
        assert [one.id for one in index] == ["b"]
