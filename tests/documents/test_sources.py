import io
from pathlib import Path

import pytest

from askew.documents.sources import Source, content, find
from askew.errors import InputError


def test_a_folder_is_walked_in_order_without_what_is_hidden_or_unknown(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.txt", "a/.secret.txt", ".git/x.md", "picture.png", "x.askew/y.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    found = find([tmp_path])
    assert [(source.id, source.format) for source in found.sources] == [("a/z.txt", "txt"), ("b.md", "md")]
    assert [Path(name).name for name in found.ignored] == ["picture.png"]


def test_a_file_goes_by_its_name_and_a_format_overrules_the_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("x")
    assert find([tmp_path / "a.log"], "lines").sources == (Source(str(tmp_path / "a.log"), "a.log", "lines"),)
    with pytest.raises(InputError, match=r"Give --format: txt, lines"):
        find([tmp_path / "a.log"])
    with pytest.raises(InputError, match="no format 'xml'"):
        find([tmp_path / "a.log"], "xml")


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file or folder"):
        find([tmp_path / "none"])
    with pytest.raises(InputError, match="holds no file to read"):
        find([tmp_path])
    with pytest.raises(InputError, match="There is nothing to read"):
        find([])


def test_stdin_is_lines_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    [source] = find(["-"]).sources
    assert source == Source("-", "stdin", "lines")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfcaf\xc3\xa9 \xff")))
    assert content(source) == "café \udcff"
