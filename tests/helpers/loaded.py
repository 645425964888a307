"""What a page loads from other hosts."""

import re
from html.parser import HTMLParser


class Loaded(HTMLParser):
    """What a page loads, without links that a person follows."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = ("src", "srcset", "data", "poster", *(["href"] if tag == "link" else []))
        self.addresses += [value for name, value in attrs if name in names and value]


def from_elsewhere(page: str) -> list[str]:
    """Return the addresses on other hosts that an HTML page loads; AssertionError if it loads nothing at all."""
    found = Loaded()
    found.feed(page)
    assert found.addresses
    return [one for one in found.addresses if re.match(r"(https?:)?//", one)]
