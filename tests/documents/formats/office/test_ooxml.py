import pytest
from helpers import office

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.office.ooxml import Package, phrases

MAIN = "word/document.xml"


def test_parts_are_found_by_their_relationships_or_their_names() -> None:
    links = {"a/main.xml": [("r1", "comments", "../b/c.xml"), ("r2", "styles", "/S.XML")]}
    package = Package(office.package("a/main.xml", {"a/main.xml": "<m/>", "b/c.xml": "<c/>", "s.xml": "<s/>"}, links))
    assert package.main() == "a/main.xml"
    assert [root.tag for root in package.related("a/main.xml", "comments", "styles")] == ["c", "s"]
    assert Package(office.zipped({MAIN: "<m/>"})).main() == MAIN
    with pytest.raises(UnusableError, match="main part"):
        Package(office.zipped({"a": ""})).main()


def test_a_broken_part_is_read_as_far_as_it_goes_and_told() -> None:
    package = Package(office.zipped({MAIN: "<m><a>text</a><b>more", "empty.xml": "", "junk.xml": "no markup"}))
    assert [found.text for found in package.root(MAIN)] == ["text", "more"]
    assert [package.root(name).tag for name in ("empty.xml", "junk.xml", "gone.xml")] == ["missing"] * 3
    assert package.faults() == (f"a damaged part ({MAIN})", "a damaged part (junk.xml)")


def test_entities_are_never_expanded() -> None:
    bomb = '<!DOCTYPE m [<!ENTITY a "word"><!ENTITY b SYSTEM "file:///etc/hostname">]><m>&a;&b;</m>'
    assert "".join(Package(office.zipped({MAIN: bomb})).root(MAIN).itertext()) == "&a;&b;"


def test_properties_come_without_fractions_of_what_is_unknown() -> None:
    core = (
        '<p xmlns:dc="d" xmlns:t="t"><dc:title>Plan</dc:title><dc:creator>openpyxl</dc:creator>'
        "<t:created>2024-01-31T09:05:00Z</t:created><t:modified>yesterday</t:modified><k>pool</k></p>"
    )
    about = Package(office.zipped({"docProps/core.xml": core})).about()
    assert {name: text for name, text in about.items() if text} == {
        "title": "Plan",
        "created": "2024-01-31T09:05:00+00:00",
    }


def test_counts_become_phrases() -> None:
    counts = {
        "hidden row": 1,
        "hidden sheet": 1200,
        "word of hidden text": 2,
        "formula without a stored value": 3,
        "x": 0,
    }
    assert phrases(counts) == (
        "1 hidden row",
        "1,200 hidden sheets",
        "2 words of hidden text",
        "3 formulas without a stored value",
    )
