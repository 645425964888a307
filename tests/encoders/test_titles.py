from askew.encoders.titles import joined


def test_a_title_goes_before_its_text() -> None:
    assert joined(["a", "b"], ["T", ""]) == ["T a", "b"]
    assert joined(["", "b"], ["T", "U"]) == ["T", "U b"]


def test_without_titles_the_texts_are_as_they_are() -> None:
    texts = [" a "]
    assert joined(texts, []) is texts
