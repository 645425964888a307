"""Safe XML parsing, without entities, DTDs and network, and the JSON-LD of a parsed page."""

import json
import re
from collections.abc import Iterator, Sequence
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


def linked_data(root: Any, keys: Sequence[str], longest: int, most: int, leaf: str = "") -> Iterator[dict[str, Any]]:
    """Yield the objects of a page's JSON-LD and those within them, in order.

    keys: of the values that are searched for more. longest, most: characters and values that are read of each script.
    leaf: a `@type` whose objects are not searched. What is no JSON is skipped.
    """
    for script in root.iter("{*}script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            stack: list[Any] = [json.loads((script.text or "")[:longest], strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(most):
            if not stack:
                break
            node = stack.pop()
            if isinstance(node, list):
                stack += reversed(node)
            elif isinstance(node, dict):
                if not leaf or not is_a(node, leaf):
                    stack += [node[name] for name in keys if name in node]
                yield node


def is_a(node: dict[str, Any], name: str) -> bool:
    """Return whether an object of JSON-LD has this `@type`, alone or among others, bare or with its vocabulary."""
    stated = node.get("@type")
    return any(
        isinstance(one, str) and re.split(r"[/#:]", one)[-1] == name
        for one in (stated if isinstance(stated, list) else [stated])
    )
