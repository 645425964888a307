"""XML without entities, document types and the network."""

from typing import Any


def parsed(data: bytes) -> Any:
    """The root element. lxml.etree.XMLSyntaxError for what is no XML."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(data, parser)


def local(element: Any) -> str:
    """The name of an element without its namespace, in small letters; "" for what is no element."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def first(root: Any, name: str) -> str:
    """The text of the first element of this local name; "" where there is none."""
    return next((text for text in every(root, name) if text), "")


def every(root: Any, name: str) -> list[str]:
    return ["".join(element.itertext()).strip() for element in root.iter("{*}" + name)]
