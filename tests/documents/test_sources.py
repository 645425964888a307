import errno
import os
from pathlib import Path

import pytest

from askew.documents.sources import FORMATS, NOT_REGULAR, NOT_UTF8, SUFFIXES, Source, absolute, find
from askew.errors import InputError


def test_a_folder_is_walked_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.txt", "a/.secret.txt", ".git/x.md", "picture.png", "x.askew/y.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    found = [(source.id, source.format, source.named) for source in find([tmp_path])]
    assert found == [("a/z.txt", "txt", False), ("b.md", "md", False), ("picture.png", "", False)]


def test_a_file_goes_by_its_name_and_a_format_overrules_the_suffix(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_text("x")
    [source] = find([tmp_path / "a.dat"], "lines")
    assert (source.path, source.id, source.format, source.named) == (str(tmp_path / "a.dat"), "a.dat", "lines", True)
    with pytest.raises(InputError, match=r"a\.dat.* --format.*: txt, lines"):
        find([tmp_path / "a.dat"])
    with pytest.raises(InputError, match="no format 'xml'"):
        find([tmp_path / "a.dat"], "xml")


def test_every_suffix_stands_for_a_format() -> None:
    assert set(SUFFIXES.values()) | {"lines"} == set(FORMATS)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path / "none")):
        find([tmp_path / "none"])
    with pytest.raises(InputError, match=rf"{tmp_path}\. .*\.txt, .*\.md"):
        find([tmp_path])
    with pytest.raises(InputError, match="stdin"):
        find([])


def test_stdin_is_lines_unless_said_otherwise() -> None:
    assert find(["-"]) == (Source("-", "stdin", "lines"),)
    assert find(["-"], "html") == (Source("-", "stdin", "html"),)


def test_size_and_time_tell_whether_a_file_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("four")
    os.utime(tmp_path / "a.txt", ns=(5, 1_000_000_000))
    monkeypatch.chdir(tmp_path)
    [source] = find(["a.txt"])
    assert (source.absolute, source.size, source.mtime_ns) == (str(tmp_path / "a.txt"), 4, 1_000_000_000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_path_from_the_root_has_no_dots_and_keeps_its_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "deep")
    monkeypatch.chdir(tmp_path / "real")
    assert absolute("./deep") == tmp_path / "real" / "deep"
    assert absolute("../real") == tmp_path / "real"
    assert absolute("../link/a.txt").parent == tmp_path / "real" / "deep"
    assert absolute(tmp_path / "link") == tmp_path / "link"
    assert absolute(tmp_path / "link" / ".." / "b") == tmp_path / "real" / "b"  # not tmp_path / "b"


def test_what_cannot_be_opened_is_known_before_it_is_tried(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "gone.md").symlink_to("nowhere")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("text")
    barred = {source.id: source.barrier for source in find([tmp_path])}
    assert barred == {
        "caf\ufffd.txt": NOT_UTF8,
        "gone.md": f"cannot be read: {os.strerror(errno.ENOENT)}",
        "pipe.txt": NOT_REGULAR,
    }


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_listed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "closed").mkdir(mode=0)
    assert [(source.id, source.barrier) for source in find([tmp_path])] == [
        ("a.txt", ""),
        ("closed", f"cannot be read: {os.strerror(errno.EACCES)}"),
    ]
    with pytest.raises(InputError, match=f"{tmp_path / 'closed'}: {os.strerror(errno.EACCES)}"):
        find([tmp_path / "closed"])
