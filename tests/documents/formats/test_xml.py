import pytest
from lxml import etree

from askew.documents.formats.xml import every, first, local, parsed


def test_names_count_without_namespaces() -> None:
    root = parsed(b'<a xmlns="x"><!-- c --><B xmlns="y"> one </B><b><i>t</i>wo</b></a>')
    assert [local(child) for child in root] == ["b", "b"]
    assert every(root, "b") == ["two"]
    assert first(root, "B") == "one"
    assert first(root, "none") == ""


def test_entities_are_not_followed() -> None:
    laughs = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(etree.XMLSyntaxError, match="amplification"):
        parsed(f"<!DOCTYPE r [{laughs}]><r>&i;</r>".encode())
    assert parsed(b'<!DOCTYPE r [<!ENTITY a "ha">]><r>&a;</r>').text is None


def test_what_is_no_xml_fails() -> None:
    with pytest.raises(etree.XMLSyntaxError):
        parsed(b"<a>")
