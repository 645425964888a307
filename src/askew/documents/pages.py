"""Pages within a text: every page but the last, even an empty one, ends with a form feed.

The page of an offset is therefore 1 + the number of form feeds before it. A text with at most one page has no form
feed.
"""

from collections.abc import Iterable

from askew.types import FEED

BETWEEN = f"\n{FEED}\n"


def joined(pages: Iterable[str]) -> str:
    return BETWEEN.join(map(without_feeds, pages))


def without_feeds(text: str) -> str:
    """Replace form feeds in a text without pages, where they would be read as page breaks."""
    return text.replace(FEED, "\n")
