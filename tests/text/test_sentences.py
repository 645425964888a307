import pytest

from askew.text.sentences import sentences, stripped


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, 0, len(text))]


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Smith and Mrs. Jones (Prof. Jones) met.", "They left."],
        ["It rose, e.g. Berlin did.", "So it was."],
        ["Das gilt z. B. Montags, z.B. Dienstags.", "Dann nicht."],
        ["Am 5. Mai und 12. Juni ist frei.", "Sonst nicht."],
        ["See No. 5 and Fig. 3 for it.", "No.", "We do not."],
        ["The U.S. Army went home.", "Then J. R. R. Tolkien wrote."],
        ["It is 3.5 or 1.000,50 here.", "In 1999.", "Then it fell."],
        ["He waited … and waited... then left.", "Wait…", "Not Dr...", "Now."],
        ["“Go!” she said.", "He asked (why?)", "She went.", "“Now.”", "Yes!!", "Oh?!"],
        ["See README.md and a.b.c now.", "**Bold.**", "Done."],
        ["今日は晴れ。", "明日は？", "「行こう！」", "まだ。"],
        ["「元気？」と聞いた。", "はい。"],
        ["你好。", "再见！", "“好。”", "走吧。"],
        ["यह एक है।", "यह दो है।"],
        ["هل هذا؟", "نعم."],
    ],
)
def test_where_sentences_end(expected: list[str]) -> None:
    glue = "" if expected[0][-1] in "。？！" else " "
    assert split(glue.join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("one two\n\nthree four", ["one two", "three four"]),
        ("one two\r\n \r\nthree four", ["one two", "three four"]),
        ("one two\n- three four\n- five", ["one two", "- three four", "- five"]),
        ("1. one two\n2. three four", ["1. one two", "2. three four"]),
        ("| a |\n| b |", ["| a |", "| b |"]),
        ("one two\fthree four", ["one two", "three four"]),
    ],
)
def test_paragraphs_items_and_rows_are_borders(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_only_the_stretch_asked_for_is_split() -> None:
    text = "One. Two. Three."
    assert sentences(text, 5, 9) == [(5, 9)]
    assert sentences(text, 5, 7) == [(5, 7)]


def test_stripped_leaves_white_space_out() -> None:
    assert stripped("  ab ", 0, 5) == (2, 4)
    assert stripped("a   b", 1, 4) == (1, 1)


@pytest.mark.parametrize(
    "sentences_",
    [
        ("Dr. med. Eva Kern kommt.", "Sie wohnt Lindenstr. 7.", "Dort ist es ruhig."),
        ("Prof. Dr. rer. nat. Olm lehrt.", "Das Zimmer ist Nr. 12.", "Es ist hell."),
        ("Am 3. Juni fuhr er.", "Siehe Abb. 4.", "Sie zeigt es."),
        ("See Fig. 2.", "It shows the pier."),
    ],
)
def test_titles_and_numbers_end_no_sentence_but_what_is_numbered_may(sentences_: tuple[str, ...]) -> None:
    text = " ".join(sentences_)
    assert tuple(text[start:end] for start, end in sentences(text)) == sentences_
