from pathlib import Path

import pytest

from askew.faq.entries import read_entries
from askew.faq.faq import Faq
from askew.faq.sync import FaqSync, sync_faq

HEADER = "id,question,answer\n"
OPEN, FAR, SEAT = "open,Is it open?,Until six.\n", "far,Is it far?,Ten minutes.\n", "seat,Are there seats?,Forty.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text(HEADER + OPEN + FAR)
    (tmp_path / "tables" / "b.csv").write_text(HEADER + SEAT)
    return tmp_path / "tables"


def mirrored(faq: Faq, *paths: Path, keep: bool = False, skip_bad: bool = False) -> FaqSync:
    return sync_faq(faq, read_entries(paths, skip_bad=skip_bad), paths, keep=keep)


def ids(faq: Faq) -> set[str]:
    assert faq.check() == faq.unpaired() == []
    return {account.document for account in faq.answers.accounts()}


def test_an_entry_goes_with_its_row_and_those_of_other_files_stay(shop: Faq, folder: Path) -> None:
    others = ids(shop)
    assert mirrored(shop, folder / "a.csv", folder / "b.csv").removed == 0
    (folder / "a.csv").write_text(HEADER + FAR)
    assert mirrored(shop, folder / "a.csv", keep=True).removed == 0
    assert ids(shop) == others | {"open", "far", "seat"}
    found = mirrored(shop, folder / "a.csv")
    assert (found.removed, found.added["answers"].unchanged) == (1, 1)
    assert ids(shop) == others | {"far", "seat"}


def test_entries_go_with_their_file_where_its_folder_is_read_again(shop: Faq, folder: Path) -> None:
    others = ids(shop)
    mirrored(shop, folder)
    (folder / "b.csv").unlink()
    assert mirrored(shop, folder).removed == 1
    assert ids(shop) == others | {"open", "far"}


def test_a_file_that_cannot_be_used_keeps_its_entries(shop: Faq, folder: Path) -> None:
    mirrored(shop, folder)
    (folder / "b.csv").write_bytes(HEADER.encode() + b"seat,\xff,Forty.\n")
    assert mirrored(shop, folder, skip_bad=True).removed == 0
    assert "seat" in ids(shop)


def test_an_entry_that_moved_to_another_file_stays(shop: Faq, folder: Path) -> None:
    mirrored(shop, folder)
    (folder / "a.csv").write_text(HEADER + FAR)
    (folder / "b.csv").write_text(HEADER + SEAT + OPEN)
    assert mirrored(shop, folder / "b.csv").removed == 0
    assert mirrored(shop, folder / "a.csv").removed == 0
    assert "open" in ids(shop)


def test_half_an_entry_whose_row_is_gone_is_removed_too(shop: Faq, folder: Path) -> None:
    mirrored(shop, folder)
    shop.questions.delete(["open"])
    (folder / "a.csv").write_text(HEADER + FAR)
    assert mirrored(shop, folder / "a.csv").removed == 1
    assert "open" not in ids(shop)
