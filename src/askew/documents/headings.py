"""The sections of a Markdown text: where its headings are, and under which of them a stretch stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

BETWEEN = " › "
LINE = re.compile(
    r"^ {0,3}(?:(?P<fence>`{3,}+|~{3,}+)(?P<info>[^\n]*+)|(?P<marks>#{1,6}+)[ \t]++(?P<title>[^\n]++))",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Section:
    """text[start:end], without white space around it. `body` is where the heading lines at its start are over."""

    start: int
    body: int
    end: int
    heading: str


@dataclass(frozen=True)
class _Heading:
    start: int
    end: int
    level: int
    title: str


def sections(text: str) -> list[Section]:
    """All of a text, cut before its ATX headings. A heading without a body begins the section that follows."""
    headings = list(_headings(text))
    ends = [*(heading.start for heading in headings[1:]), len(text)]
    begin = headings[0].start if headings else len(text)
    result = [_section(text, 0, 0, begin, "")] if text[:begin].strip() or not headings else []
    path: list[_Heading] = []
    for heading, end in zip(headings, ends, strict=False):
        path = [*(above for above in path if above.level < heading.level), heading]
        if text[heading.end : end].strip() or end == len(text):
            result.append(_section(text, begin, heading.end, end, BETWEEN.join(part.title for part in path)))
            begin = end
    return result


def stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """text[start:end] without the white space around it; start, start where nothing else is in it."""
    part = text[start:end]
    bare = part.lstrip()
    if not bare:
        return start, start
    start += len(part) - len(bare)
    return start, start + len(bare.rstrip())


def _section(text: str, start: int, body: int, end: int, heading: str) -> Section:
    start, end = stripped(text, start, end)
    return Section(start, max(start, min(body, end)), end, heading)


def _headings(text: str) -> Iterator[_Heading]:
    fence = ""
    for line in LINE.finditer(text):
        marks, info = line["fence"], line["info"]
        if not marks:
            title = _title(line["title"])
            if title and not fence:
                yield _Heading(line.start(), line.end(), len(line["marks"]), title)
        elif fence:
            if marks.startswith(fence) and not info.strip():
                fence = ""
        elif marks[0] == "~" or "`" not in info:  # else it is code within a line
            fence = marks


def _title(text: str) -> str:
    """Without the #s that may close a heading; those of `C#` are its own."""
    text = text.strip()
    bare = text.rstrip("#")
    return bare.rstrip() if bare != bare.rstrip() or not bare else text
