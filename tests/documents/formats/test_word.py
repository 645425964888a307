from helpers import office
from helpers.office import Part

from askew.documents.formats.word import parse

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def body(xml: str) -> bytes:
    """A document with this between its body's tags."""
    document = f'<w:document xmlns:w="{W}" xmlns:mc="x"><w:body>{xml}</w:body></w:document>'
    return office.replaced(office.docx([]), {"word/document.xml": document})


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def test_headings_items_and_tables_in_order() -> None:
    parts = [Part("Leave", "Thirty days."), Part("Sick leave", "# Call us.", 2)]
    made = parse(office.docx(parts, "Handbook", "Ann", ["one", "two"], [["Name", "Days"], ["Ann", 30]]))
    assert made.title == "Handbook"
    assert made.metadata["author"] == "Ann"
    assert made.text == (
        "# Leave\n\nThirty days.\n\n## Sick leave\n\n\\# Call us.\n\n- one\n- two\n\n| Name | Days |\n| Ann | 30 |"
    )


def test_what_was_inserted_counts_and_what_was_deleted_does_not() -> None:
    revised = f"<w:p>{run('a')}<w:ins>{run('b')}</w:ins><w:del><w:r><w:delText>no</w:delText></w:r></w:del></w:p>"
    assert parse(body(revised)).text == "ab"


def test_content_controls_and_text_boxes_are_read_once() -> None:
    control = f"<w:sdt><w:sdtContent><w:p>{run('a')}</w:p></w:sdtContent></w:sdt>"
    box = f"<w:txbxContent><w:p>{run('b')}</w:p></w:txbxContent>"
    twice = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert parse(body(f"{control}<w:p><w:r>{twice}</w:r>{run('c')}</w:p>")).text == "a\n\nc\n\nb"


def test_signs_and_nested_tables_keep_words_apart() -> None:
    signs = "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>"
    inner = f"<w:tbl><w:tr><w:tc><w:p>{run('x')}</w:p></w:tc><w:tc><w:p>{run('y')}</w:p></w:tc></w:tr></w:tbl>"
    outer = f"<w:tbl><w:tr><w:tc>{inner}</w:tc><w:tc><w:p>{run('z')}</w:p></w:tc></w:tr></w:tbl>"
    assert parse(body(signs + outer)).text == "a\tb\nc-d\n\n| x y | z |"


def test_an_outline_level_makes_a_heading_in_any_style() -> None:
    level = f'<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr>{run("Deep")}</w:p><w:p>{run("Text.")}</w:p>'
    assert parse(body(level)).text == "### Deep\n\nText."
