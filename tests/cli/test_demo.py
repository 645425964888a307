import re
import shlex
import shutil
from pathlib import Path

import pytest
from helpers.cli import ASKEW, Here, refused

from askew.cli.demo import program


def test_the_demo_ends_with_a_command_that_works(askew: Here, tmp_path: Path) -> None:
    outcome = askew("demo", "--into", "here")
    assert outcome.code == 0
    assert int(re.search(r"by meaning +(\d+) of 30", outcome.out)[1]) >= 28
    assert int(re.search(r"by keywords \(BM25\) +(\d+) of 30", outcome.out)[1]) <= 10
    assert re.search(r"30 of 30 .*\b30 pairs", outcome.out)
    assert "10 of 10 " in outcome.out
    program, *arguments = shlex.split(outcome.out.splitlines()[-1])
    assert program == "askew"
    assert Path(arguments[1]).is_dir()
    assert askew(*arguments, "--json").json["hits"][0]["id"] == "pets-at-work.md"
    assert askew("demo", "--into", "here").code == 0
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == [
        "askew-demo-handbook.askew",
        "askew-demo-support.askew",
    ]


def test_the_program_is_printed_by_its_path_unless_it_is_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [ASKEW, "demo"])
    monkeypatch.setenv("PATH", str(Path(ASKEW).parent))
    assert program() == "askew"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == ASKEW
    (tmp_path / "bin").mkdir()
    shutil.copy(ASKEW, tmp_path / "bin" / "askew")
    monkeypatch.setattr("sys.argv", ["bin/askew", "demo"])
    assert program() == "bin/askew"


def test_the_sample_files_go_to_a_new_folder_only(askew: Here, tmp_path: Path) -> None:
    assert askew("demo", "--files", str(tmp_path / "club")).code == 0
    written = sorted((tmp_path / "club").iterdir())
    assert len({path.suffix for path in written}) == len(written) == 11
    refused(askew("demo", "--files", str(tmp_path / "club")), "already exists")
