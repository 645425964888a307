from helpers import office
from helpers.office import Part

from askew.documents.formats.slides import parse


def test_each_slide_is_a_page_with_its_title_as_heading() -> None:
    made = parse(office.pptx([Part("One", "first\nsecond"), Part("", ""), Part("Three", "third")], "Talk", "Say it."))
    assert made.title == "Talk"
    assert made.text == "# One\n\n- first\n- second\n\f\n\n\f\n# Three\n\nthird\n\nNotes: Say it."
    assert made.metadata["pages"] == 3


def test_tables_are_rows() -> None:
    made = parse(office.pptx([Part("One", "text")], table=[["a", "b"], ["c|d", 1]]))
    assert made.text == "# One\n\ntext\n\n| a | b |\n| c\\|d | 1 |"
    assert made.title == "One"
