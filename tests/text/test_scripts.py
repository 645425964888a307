import pytest

from askew.text.words import letters, script


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hello", "LATIN"),
        ("Was ist ПО", "CYRILLIC"),
        ("What is the Russian word да supposed to mean", "LATIN"),
        ("東京タワー", "HIRAGANA"),
        ("漢字", "CJK"),
        ("한자 漢字", "HANGUL"),
        ("123 !", ""),
    ],
)
def test_the_script_of_mixed_texts(text: str, name: str) -> None:
    assert script(text) == name


def test_letters_are_counted_by_script() -> None:
    assert letters("Ну ok, 東") == {"CYRILLIC": 2, "LATIN": 2, "CJK": 1}
    assert letters("123 👍") == {}
