"""Safe XML parsing: no entities, no DTDs, no network."""

from typing import Any


def parsed(data: bytes, recover: bool = False) -> Any:
    """Parse XML and return the root element. recover: read past errors. Raises lxml.etree.XMLSyntaxError."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    return etree.fromstring(data, parser)


def local(element: Any) -> str:
    """Return the lower-case name of an element without its namespace; "" for comments and other nodes."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def first(root: Any, name: str) -> str:
    """Return the first non-empty text of an element with this local name; "" if there is none."""
    return next((text for text in every(root, name) if text), "")


def every(root: Any, name: str) -> list[str]:
    return ["".join(element.itertext()).strip() for element in root.iter("{*}" + name)]
