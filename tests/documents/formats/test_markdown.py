import pytest

from askew.documents.formats.markdown import parse
from askew.documents.headings import sections


def read(text: str) -> str:
    return parse(text.encode()).text


@pytest.mark.parametrize(
    ("matter", "title", "metadata"),
    [
        (
            '---\ntitle: "Bins: when"\ntags: [a, b]\ndate: 2024-03-01\ndraft: false\n---\n',
            "Bins: when",
            {"tags": ["a", "b"], "date": "2024-03-01", "created": "2024-03-01", "draft": False},
        ),
        ('+++\ntitle = "Bins"\nweight = 3\n+++\n', "Bins", {"weight": 3}),
        ('{\n"title": "Bins",\n"lang": "en"\n}\n', "Bins", {"lang": "en", "language": "en"}),
        (
            "---\ntitle: Bins: when\nauthor: Ann: [\n---\n",
            "Bins: when",
            {"author": "Ann: ["},
        ),
        (
            "---\nTitle: Bins\nauthors:\n  - name: Ann\n  - Bob\nupdated: 2024-03-01 10:00:00\n---\n",
            "Bins",
            {
                "Title": "Bins",
                "authors": [{"name": "Ann"}, "Bob"],
                "author": "Ann, Bob",
                "updated": "2024-03-01T10:00:00",
                "modified": "2024-03-01T10:00:00",
            },
        ),
        ("---\ndate: 2024-13-45\n...\n", "", {"date": "2024-13-45"}),
    ],
    ids=["yaml", "toml", "json", "invalid yaml", "people", "invalid date"],
)
def test_front_matter_is_title_and_metadata(matter: str, title: str, metadata: dict[str, object]) -> None:
    made = parse(f"{matter}\nOn Thursdays.\n".encode())
    assert (made.text, made.title, made.metadata) == ("On Thursdays.", title, metadata)


@pytest.mark.parametrize(
    "text", ["---\n\nOne.\n\n---\n\nTwo.", "---\nOne sentence\nand another\n---\nTwo.", "{\nx\n}\nTwo."]
)
def test_lines_between_rules_are_no_front_matter(text: str) -> None:
    made = parse(text.encode())
    assert made.metadata == {}
    assert made.text.endswith("Two.")
    assert len(made.text.split()) >= 2


def test_values_that_repeat_each_other_without_end_are_cut() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join(f'*{before}' for _ in range(9))}]\n"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert len(str(parse(f"---\n{bomb}---\nText.".encode()).metadata)) < 20_000


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("One *two* `three`\nfour **five**.", "One two three\nfour five."),
        ("Title\n=====\n\nPart\n----\nText.", "## Part\n\nText."),
        ("1. a\n2. b\n   - c\n\n- d", "1. a\n2. b\n  - c\n- d"),
        ("| a | b |\n|---|:-:|\n| 1 \\| 2 | [x](http://y.example) |", "| a | b |\n| 1 \\| 2 | x |"),
        ("a[^1] [b][r] [c]\n\n[^1]: A note.\n\n[r]: http://x.example\n[c]: http://y.example", "a b c\n\nA note."),
        ("```py\n# a\n```\n\n# b\n\n~~~\n# c", "```\n# a\n```\n\n# b\n\n```\n# c\n```"),
        ("![A map](m.png) ![](x.png)![x](https://img.shields.io/x)", "A map"),
        ("<img src='m.png' alt='A map'> a<br>b <b>c</b> <file> &amp;", "A map a\nb c <file> &"),
        ("<details>\n<summary>Q?</summary>\n\nYes *sure*.\n\n</details>", "Q?\n\nYes sure."),
        ("<table><tr><td>a</td><td>b</td></tr></table>\n\nc", "| a | b |\n\nc"),
        ("<script>no()</script>\n\n<p align=center>a</p>\n\n<pre>\n# b\n</pre>", "a\n\n```\n# b\n```"),
        ("> quoted\n> text", "quoted\ntext"),
        ("![x](data:image/png;base64," + "iVBORw0KGgo" * 9 + ") a", "x a"),
        ("a <!-- never closed\n\nb", "a <!-- never closed\n\nb"),
        ("[//]: # (no)\n\na", "a"),
    ],
)
def test_the_text_is_what_a_reader_sees(text: str, seen: str) -> None:
    assert read(text) == seen


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("# Tide [![Build](https://ci.example.org/x.svg)](https://ci.example.org) tables", "Tide tables"),
        ("# See [the manual](https://docs.example.org/m) {#manual}", "See the manual"),
        ("# **All** about `C#` #", "All about C#"),
        ("# [Home][h]\n\n[h]: https://example.org", "Home"),
        ("[![b](b.svg)](x)\n\n<h1 align='center'>Tide <i>tables</i></h1>", "Tide tables"),
    ],
)
def test_titles_are_words(line: str, title: str) -> None:
    made = parse(f"{line}\n\nText.".encode())
    assert (made.title, made.text) == (title, "Text.")


def test_comments_are_left_out_and_counted() -> None:
    made = parse(b"<!-- no\n\nno -->\n\na <!-- no --> b\n\n```\n<!-- code -->\n```")
    assert made.text == "a  b\n\n```\n<!-- code -->\n```"
    assert made.left_out == ("2 comments",)


def test_a_hash_in_code_is_no_heading() -> None:
    text = read("# T\n\n1. a\n\n   ```\n   # no\n   ```\n\n<pre>\n# no\n</pre>\n\n    # no\n\n## Yes\n\nb")
    assert [section.heading for section in sections(text)] == ["", "Yes"]


@pytest.mark.parametrize(
    "text", ["> " * 200 + "deep", "[a" * 40_000, "![[" * 20_000, "*a _b" * 20_000, "<p>\n" + "<a" * 40_000]
)
def test_texts_made_to_take_long_are_read_whole_and_soon(text: str) -> None:
    assert len(read(text)) > 0.3 * len(text)
