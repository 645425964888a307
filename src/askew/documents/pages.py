"""Pages within a text: each but the last ends where a form feed stands, an empty one too.

So the page of any offset is 1 + the form feeds before it. In a text of one page, or without pages, none stands.
"""

from collections.abc import Iterable

FEED = "\f"
BETWEEN = f"\n{FEED}\n"


def joined(pages: Iterable[str]) -> str:
    return BETWEEN.join(map(without_feeds, pages))


def without_feeds(text: str) -> str:
    """For what has no pages: a form feed of its own would make some."""
    return text.replace(FEED, "\n")


def page_of(text: str, offset: int) -> int:
    """From 1 on; 0 where the text has no pages, or only one."""
    return 1 + text.count(FEED, 0, offset) if FEED in text else 0
