from collections.abc import Mapping, Sequence

import pytest
from helpers import office
from helpers.office import Part

from askew.documents.formats.office.word import parse

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
DRAWN = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
SPACES = f'xmlns:w="{W}" xmlns:mc="x" xmlns:m="{MATH}" xmlns:wp="{DRAWN}" xmlns:r="{office.OFFICE}" xmlns:v="y"'


def part(name: str, xml: str) -> str:
    return f"<w:{name} {SPACES}>{xml}</w:{name}>"


def body(xml: str, parts: Mapping[str, str] | None = None) -> bytes:
    """A document with this between its body's tags. parts: related ones, by their kind."""
    document = part("document", f"<w:body>{xml}</w:body>")
    held = {kind: part(kind, made) for kind, made in (parts or {}).items()}
    links = [(f"r{kind}", kind.rstrip("0123456789"), f"{kind}.xml") for kind in held]
    made = {f"word/{kind}.xml": text for kind, text in held.items()}
    return office.package("word/document.xml", {"word/document.xml": document, **made}, {"word/document.xml": links})


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def setting(name: str, value: object) -> str:
    return f'<w:{name} w:val="{value}"/>'


RAISED = setting("vertAlign", "superscript")
GREEK = '<w:rFonts w:ascii="Symbol"/>'


def paragraph(text: str, properties: str = "", own: str = "") -> str:
    return f"<w:p><w:pPr>{own}</w:pPr>{run(text, properties)}</w:p>"


def rows(cells: Sequence[Sequence[str]]) -> str:
    return "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in cells)


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p>{run(text)}</w:p></w:tc>"


def table(cells: Sequence[Sequence[str]]) -> str:
    return f"<w:tbl>{rows(cells)}</w:tbl>"


def test_headings_items_and_tables_in_order() -> None:
    parts = [Part("Leave", "Thirty days."), Part("Sick leave", "# Call us.", 2)]
    made = parse(office.docx(parts, "Handbook", "Ann", ["one", "two"], [["Name", "Days"], ["Ann", 30]]))
    assert made.title == "Handbook"
    assert made.metadata["author"] == "Ann"
    assert made.text == (
        "# Leave\n\nThirty days.\n\n## Sick leave\n\n\\# Call us.\n\n- one\n- two\n\n"
        "| Name | Days |\n| --- | --- |\n| Ann | 30 |"
    )


def test_what_was_inserted_counts_and_what_was_deleted_does_not() -> None:
    revised = f"<w:p>{run('a')}<w:ins>{run('b')}</w:ins><w:del><w:r><w:delText>no</w:delText></w:r></w:del></w:p>"
    moved = f"<w:p><w:moveFrom>{run('moved')}</w:moveFrom></w:p><w:p><w:moveTo>{run('moved')}</w:moveTo></w:p>"
    assert parse(body(revised + moved)).text == "ab\n\nmoved"
    joined = paragraph("The fee is", own="<w:rPr><w:del/></w:rPr>") + paragraph("ten euros.")
    assert parse(body(joined)).text == "The fee is ten euros."
    marked = (
        paragraph("The fee is", own="<w:rPr><w:del/></w:rPr>") + '<w:bookmarkEnd w:id="0"/>' + paragraph("ten euros.")
    )
    assert parse(body(marked)).text == "The fee is ten euros."
    last = paragraph("The fee is", own="<w:rPr><w:del/></w:rPr>")
    assert parse(body(paragraph("First.") + last)).text == "First.\n\nThe fee is"
    table = f"<w:tbl>{rows([[cell('a'), cell('b')]])}</w:tbl>"
    assert parse(body(last + table + paragraph("ten."))).text == "The fee is\n\n| a | b |\n\nten."
    gone = f"<w:tr><w:trPr><w:del/></w:trPr>{cell('no')}{cell('no')}</w:tr>"
    assert parse(body(f"<w:tbl>{gone}{rows([[cell('a'), cell('b')]])}</w:tbl>")).text == "| a | b |"


def test_what_is_struck_out_is_marked_and_what_is_hidden_is_told() -> None:
    words = run("The fee is ") + run("40 ", "<w:strike/>") + run("55 euros") + run(" or less", "<w:vanish/>")
    made = parse(body(f"<w:p>{words}{run('.')}</w:p>"))
    assert made.text == "The fee is ~~40~~ 55 euros."
    assert made.left_out == ("2 words of hidden text",)
    styles = '<w:style w:styleId="h"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>'
    hidden = f"<w:p>{run('seen', setting('strike', 0))}{run('unseen', setting('rStyle', 'h'))}</w:p>"
    assert parse(body(hidden, {"styles": styles})).text == "seen"


def test_content_controls_and_text_boxes_are_read_once() -> None:
    control = f"<w:sdt><w:sdtContent><w:p>{run('a')}</w:p></w:sdtContent></w:sdt>"
    box = f"<w:txbxContent><w:p>{run('b')}</w:p></w:txbxContent>"
    twice = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert parse(body(f"{control}<w:p><w:r>{twice}</w:r>{run('c')}</w:p>")).text == "a\n\nc\n\nb"
    old = f"<mc:AlternateContent><mc:Choice/><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert parse(body(f"<w:p><w:r>{old}</w:r>{run('c')}</w:p>")).text == "c\n\nb"


def test_signs_and_nested_tables_keep_words_apart() -> None:
    signs = "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>"
    inner = table([[cell("x"), cell("y")]])
    outer = table([[f"<w:tc>{inner}</w:tc>", cell("z")]])
    assert parse(body(signs + outer)).text == "a\tb\nc-d\n\n| x y | z |"


def test_merged_cells_are_repeated_and_a_frame_around_text_is_no_table() -> None:
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    cells = [
        [cell("Fees", '<w:gridSpan w:val="3"/>')],
        [cell("Region"), cell("Opens", '<w:gridSpan w:val="2"/>')],
        [cell("North", down), cell("8"), cell("12")],
        [cell("", on), cell("9"), cell("13")],
    ]
    assert parse(body(table(cells))).text == (
        "| Fees |  |  |\n| --- | --- | --- |\n| Region | Opens | Opens |\n| North | 8 | 12 |\n| North | 9 | 13 |"
    )
    assert parse(body(table([[f"<w:tc>{paragraph('a')}{paragraph('b')}</w:tc>"]]))).text == "a\n\nb"


def test_a_drop_cap_belongs_to_its_word() -> None:
    initial = paragraph("O", own='<w:framePr w:dropCap="drop"/>')
    assert parse(body(initial + paragraph("nce upon a time."))).text == "Once upon a time."


def test_an_outline_level_makes_a_heading_in_any_style() -> None:
    level = f'<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr>{run("Deep")}</w:p><w:p>{run("Text.")}</w:p>'
    assert parse(body(level)).text == "### Deep\n\nText."


@pytest.mark.parametrize(
    ("name", "rest", "level"),
    [
        ("heading 2", "", "## "),
        ("Überschrift 3", "", "### "),
        ("标题 1", "", "# "),
        ("Title", "", "# "),
        ("Mine", '<w:pPr><w:outlineLvl w:val="1"/></w:pPr>', "## "),
        ("Mine", '<w:basedOn w:val="base"/>', "#### "),
        ("Body text", "", ""),
    ],
)
def test_a_style_makes_a_heading_by_its_name_its_level_or_its_base(name: str, rest: str, level: str) -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="base"><w:name w:val="heading 4"/></w:style>'
        f'<w:style w:type="paragraph" w:styleId="s"><w:name w:val="{name}"/>{rest}</w:style>'
    )
    made = parse(body(paragraph("Leave", own='<w:pStyle w:val="s"/>') + paragraph("Text."), {"styles": styles}))
    assert made.text == f"{level}Leave\n\nText."


def test_bold_lines_are_headings_where_there_are_no_others() -> None:
    def bold(text: str, properties: str = "<w:b/>") -> str:
        return paragraph(text, properties)

    text = paragraph("Words that say more.") * 3
    assert parse(body(bold("Leave") + text + bold("Pay") + text)).text.count("## ") == 2
    real = '<w:pStyle w:val="Heading1"/>'
    assert (
        "# Pay" not in parse(body(paragraph("Real", own=real) + text + bold("Leave") + text + bold("Pay") + text)).text
    )
    assert "#" not in parse(body(bold("Leave") + text)).text
    assert "#" not in parse(body(bold("Leave") + text + bold("Pay", '<w:b w:val="0"/>') + text)).text
    assert "#" not in parse(body(bold("Note:") + text + bold("Mind the gap.") + text)).text
    assert "#" not in parse(body((bold("One") + bold("Two") + paragraph("three")) * 4)).text


def level(number: int, text: str, format: str = "decimal", rest: str = "") -> str:
    settings = setting("start", 1) + setting("numFmt", format) + setting("lvlText", text)
    return f'<w:lvl w:ilvl="{number}">{settings}{rest}</w:lvl>'


def numbered(number: str, level: int, text: str) -> str:
    return paragraph(text, own=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


class TestNumbers:
    def read(self, levels: str, *clauses: str, nums: str = "") -> list[str]:
        numbering = (
            f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
            f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{nums}'
        )
        return [line for line in parse(body("".join(clauses), {"numbering": numbering})).text.split("\n") if line]

    def test_clauses_are_numbered_by_level_and_start_anew_below_each(self) -> None:
        levels = level(0, "%1") + level(1, "%1.%2") + level(2, "(%3)", "lowerLetter")
        places = (0, 1, 1, 2, 2, 0, 1, 2)
        assert self.read(levels, *(numbered("1", place, "x") for place in places)) == [
            f"{mark} x" for mark in ("1", "1.1", "1.2", "(a)", "(b)", "2", "2.1", "(a)")
        ]

    def test_a_list_can_start_anew_and_share_its_counter(self) -> None:
        again = (
            '<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="0"/>'
            '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>'
        )
        found = self.read(level(0, "§ %1"), *(numbered(number, 0, "x") for number in "112331"), nums=again)
        assert found == [f"§ {mark} x" for mark in (1, 2, 3, 7, 8, 9)]

    @pytest.mark.parametrize(
        ("format", "marks"),
        [
            ("upperRoman", "I II III IV"),
            ("lowerLetter", "a b c d"),
            ("upperLetter", "A B C D"),
            ("decimalZero", "01 02 03 04"),
            ("ordinalText", "1 2 3 4"),
        ],
    )
    def test_each_format_counts(self, format: str, marks: str) -> None:
        assert self.read(level(0, "%1:", format), *[numbered("1", 0, "x")] * 4) == [
            f"{mark}: x" for mark in marks.split()
        ]

    def test_an_empty_paragraph_counts_and_one_that_was_moved_away_does_not(self) -> None:
        moved = paragraph("", own='<w:numPr><w:numId w:val="1"/></w:numPr><w:rPr><w:moveFrom/></w:rPr>')
        clauses = (numbered("1", 0, "a"), moved, numbered("1", 0, ""), numbered("1", 0, "b"))
        assert self.read(level(0, "§ %1"), *clauses) == ["§ 1 a", "§ 3 b"]

    def test_bullets_and_plain_numbers_are_items(self) -> None:
        levels = level(0, "%1.") + level(1, "\uf0b7", "bullet")
        assert self.read(levels, numbered("1", 0, "a"), numbered("1", 1, "b"), numbered("1", 0, "c")) == [
            "1. a",
            "  - b",
            "2. c",
        ]

    def test_a_style_brings_its_number_and_its_level(self) -> None:
        numbering = (
            f'<w:abstractNum w:abstractNumId="0">{level(0, "%1")}'
            f"{level(1, '%1.%2', rest=setting('pStyle', 'Heading2'))}</w:abstractNum>"
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        )
        styles = "".join(
            f'<w:style w:type="paragraph" w:styleId="Heading{number}"><w:name w:val="heading {number}"/>'
            '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
            for number in (1, 2)
        )
        own = '<w:pStyle w:val="Heading{}"/>{}'
        made = parse(
            body(
                paragraph("Duties", own=own.format(1, ""))
                + paragraph("Tenant", own=own.format(2, ""))
                + paragraph("None", own=own.format(2, '<w:numPr><w:numId w:val="0"/></w:numPr>')),
                {"numbering": numbering, "styles": styles},
            )
        )
        assert made.text == "# 1 Duties\n\n## 1.1 Tenant\n\n## None"


def test_comments_follow_their_paragraph_and_notes_the_text() -> None:
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    said = '<w:r><w:commentReference w:id="0"/></w:r>'
    made = parse(
        body(
            f"<w:p>{run('Ramp.')}{note}{said}</w:p>{paragraph('End.')}",
            {
                "comments": f'<w:comment w:id="0" w:author="Ann"><w:p>{run("Moved south.")}</w:p></w:comment>',
                "footnotes": f'<w:footnote w:id="1" w:type="separator"><w:p>{run("---")}</w:p></w:footnote>'
                f'<w:footnote w:id="2"><w:p>{run("In May.")}</w:p></w:footnote>',
            },
        )
    )
    assert made.text == "Ramp.\n\nComment (Ann): Moved south.\n\nEnd.\n\nIn May."
    loose = {"comments": f'<w:comment w:id="0"><w:p>{run("Of nothing.")}</w:p></w:comment>'}
    assert parse(body(paragraph("Text."), loose)).text == "Text.\n\nComment: Of nothing."


def test_a_field_that_never_ends_costs_only_its_paragraph() -> None:
    begun = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF x</w:instrText></w:r></w:p>'
    assert parse(body(begun + paragraph("Text."))).text == "Text."


def test_embedded_pages_are_read_and_other_files_told() -> None:
    chunks = '<w:altChunk r:id="raFChunk1"/><w:altChunk r:id="raFChunk2"/>'
    data = body(paragraph("Text.") + chunks, {"aFChunk1": "", "aFChunk2": "", "package": ""})
    links = office.unzipped(data, "word/_rels/document.xml.rels").decode().replace("aFChunk1.xml", "a.html")
    made = parse(
        office.replaced(data, {"word/_rels/document.xml.rels": links, "word/a.html": "<h2>Leave</h2><p>Days."})
    )
    assert made.text == "Text.\n\n## Leave\n\nDays."
    assert made.left_out == ("2 embedded files",)


def test_headers_and_footers_stand_once_without_page_numbers_if_they_are_shown() -> None:
    page = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("7")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )

    def margin(place: str, kind: str, part: str) -> str:
        return f'<w:{place}Reference w:type="{kind}" r:id="r{part}"/>'

    heads = margin("header", "default", "header1") + margin("header", "first", "header2")
    feet = margin("footer", "default", "footer1") + margin("footer", "default", "gone")
    section = f"<w:sectPr>{heads}{feet}</w:sectPr>"
    parts = {
        "header1": paragraph("Document QX-1"),
        "header2": paragraph("unseen"),
        "footer1": f"<w:p>{run('Page ')}{page}</w:p>" + paragraph("Valid until June"),
    }
    made = parse(body(f"<w:p><w:pPr>{section}</w:pPr>{run('Text.')}</w:p>{section}", parts))
    assert made.text == "Document QX-1\n\nText.\n\nValid until June"
    first = section.replace("</w:sectPr>", "<w:titlePg/></w:sectPr>")
    assert "unseen" in parse(body(paragraph("Text.") + first, parts)).text


def test_symbols_superscripts_ruby_and_boxes_to_tick_are_read() -> None:
    def sign(font: str, code: str) -> str:
        return f'<w:r><w:sym w:font="{font}" w:char="{code}"/></w:r>'

    ruby = f"<w:r><w:ruby><w:rt>{run('としょ')}</w:rt><w:rubyBase>{run('図書')}</w:rubyBase></w:ruby></w:r>"
    box = "<w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>"
    tick = (
        f'<w:r><w:fldChar w:fldCharType="begin">{box}</w:fldChar></w:r>'
        '<w:r><w:instrText>FORMCHECKBOX</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    words = (
        f"<w:p>{run('30')}{sign('Symbol', 'F0B0')}{run(', 5 ')}{sign('Symbol', 'F06D')}{run('m ')}"
        f"{run('a', GREEK)}{run(' ')}{sign('Wingdings', 'F0FC')}</w:p>"
        f"<w:p>{run('10')}{run('-3', RAISED)}{run(' m')}{run('2', RAISED)}</w:p>"
        f"<w:p>{ruby}{run('館')}</w:p><w:p>{tick}{run(' Yes')}</w:p>"
    )
    assert parse(body(words)).text == "30°, 5 µm α ✓\n\n10⁻³ m²\n\n図書館\n\n☒ Yes"


def test_alternative_texts_and_charts_are_read_and_file_names_are_not() -> None:
    drawn = '<w:r><w:drawing><wp:inline><wp:docPr id="1" name="P" descr="{}"/>{}</wp:inline></w:drawing></w:r>'
    frames = (
        drawn.format("A red valve", "") + drawn.format("IMG_12.JPG", "") + drawn.format("", '<w:chart r:id="rchart"/>')
    )
    data = body(f"<w:p>{run('See.')}{frames}</w:p>", {"chart": ""})
    made = parse(office.replaced(data, {"word/chart.xml": office.chart("Visits", "Nights", {"Lisbon": 21}, "0.0")}))
    assert made.text == "See.\n\nImage: A red valve\n\nVisits\n\n|  | Nights |\n| --- | --- |\n| Lisbon | 21.0 |"


def test_a_table_of_contents_is_left_out_and_told() -> None:
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    contents = f"<w:sdt>{gallery}<w:sdtContent>{paragraph('Leave 3')}</w:sdtContent></w:sdt>"
    made = parse(body(contents + paragraph("Text.")))
    assert (made.text, made.left_out) == ("Text.", ("1 table of contents",))


def test_a_strict_document_is_read_and_a_missing_or_broken_part_costs_only_itself() -> None:
    data = body(paragraph("Text."), {"styles": "", "comments": ""})
    strict = office.unzipped(data, "word/document.xml").decode().replace(W, STRICT)
    assert parse(office.replaced(data, {"word/document.xml": strict})).text == "Text."
    made = parse(office.without(data, "word/comments.xml"))
    assert (made.text, made.left_out) == ("Text.", ("a damaged part (word/comments.xml)",))
    made = parse(office.replaced(data, {"word/styles.xml": "<w:styles"}))
    assert (made.text, made.left_out) == ("Text.", ("a damaged part (word/styles.xml)",))


def test_a_document_of_another_content_type_is_read() -> None:
    types = "[Content_Types].xml"
    whole = office.docx([Part(text="The night shift.")])
    plain = office.unzipped(whole, types).decode()
    macros = plain.replace("officedocument.wordprocessingml.document.main", "ms-word.document.macroEnabled.main")
    assert parse(office.replaced(whole, {types: macros})).text == "The night shift."
    assert parse(office.without(whole, types)).text == "The night shift."
