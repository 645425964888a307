from pathlib import Path

import pytest

from askew.models import names

GOOD = ["config.json", "1_Pooling/config.json", "a b.txt", "modèle-Ünïcode", "x" * names.LONGEST, "v1.5", "console"]
BAD = [
    *(
        "",
        ".",
        "..",
        "../up",
        "a/../../b",
        "/abs",
        "a//b",
        "a/",
        "./a",
        "..\\up",
        "C:\\x",
        "C:x",
        "a\\b",
        "~root",
        "-x",
    ),
    *(".hidden", "a/.b", "a.", "a ", " a", "CON", "con.txt", "a/nul", "LPT1.bin", "com¹", "AUX .x"),
    *(
        "a\0b",
        "a\nb",
        "a\rb",
        "a\tb",
        "\x1b]0;T\x07",
        "a\u202eb",
        "a\u200bb",
        "a\u2028b",
        "a\x7f",
        "\ud800",
        "a*",
        'a"b',
    ),
    *("x" * (names.LONGEST + 1), "ü" * names.LONGEST, "/".join("abcdefghi")),
]


@pytest.mark.parametrize("name", GOOD)
def test_names_that_mean_the_same_everywhere(name: str, tmp_path: Path) -> None:
    assert not names.path_fault(name)
    assert names.place(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize("name", BAD)
def test_names_that_lead_elsewhere_or_cannot_be_shown(name: str, tmp_path: Path) -> None:
    assert names.path_fault(name)
    with pytest.raises(ValueError, match="file name"):
        names.place(tmp_path, name)


@pytest.mark.parametrize(
    ("listed", "clash"),
    [
        (["a", "b/c", "b/d"], ""),
        (["a", "a/b"], "a/b"),
        (["A/b", "a"], "A/b"),
        (["Config.json", "config.json"], "config.json"),
    ],
)
def test_files_that_would_overwrite_each_other(listed: list[str], clash: str) -> None:
    assert names.clashes(listed) == clash
