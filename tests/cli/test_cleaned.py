from pathlib import Path

import pytest
from helpers.cli import Here

from askew.cleaning.keep import Keep
from askew.cli.clean import Cleaning, group_rows, show_groups
from askew.cli.corpus import ComparedTexts
from askew.documents.fields import DEFAULTS
from askew.errors import InputError
from askew.types import Group

GROUP = Group("g000001", tuple(f"d{n}" for n in range(7)), "d3")
TEXTS = {f"d{n}": f"red tents {n}" for n in range(7)}
GIVEN = ComparedTexts(DEFAULTS, None, False, "paraphrase", "hashing")


def test_a_long_group_is_cut_and_its_representative_marked(capsys: pytest.CaptureFixture[str]) -> None:
    show_groups([GROUP, GROUP], TEXTS, 1)
    out = capsys.readouterr().out
    assert "g000001  7 texts" in out
    assert "  * d3  red tents 3" in out
    assert "… and 2 more\n" in out
    assert "… and 1 more groups" in out


def test_every_member_is_a_row() -> None:
    rows = list(group_rows([GROUP], TEXTS))
    assert [row["id"] for row in rows] == list(GROUP.members)
    assert {row["representative"] for row in rows} == {"d3"}


def test_only_a_file_can_be_cleaned(tmp_path: Path) -> None:
    for source in ("-", str(tmp_path), str(tmp_path / "none.csv")):
        with pytest.raises(InputError, match="--clean"):
            Cleaning(source, GIVEN, Keep(), tmp_path / "x", None).check()


def test_the_log_tells_why_each_row_went(askew: Here, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("red tents\nRed tents!\nred tent\nsoup\n")
    askew("duplicates", "t.txt", "--model", "hashing", "--threshold", "0.3", "--clean", "c.txt")
    log = (tmp_path / "c.txt.removed.jsonl").read_text()
    assert '"layer": "identical"' in log
    assert '"verdict": "near-identical"' in log
    assert '"layer": "semantic"' in log
