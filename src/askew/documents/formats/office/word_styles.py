"""Styles and automatic numbers of DOCX: what a paragraph or a run inherits, and the number that Word puts before it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from askew.documents.formats.office.ooxml import Package, child, is_on, value
from askew.documents.formats.xml import local

BODY_LEVEL = 9  # outline level of body text
MOST_DEEP = 20  # styles that build on one another
HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|título|kop|rubrik|overskrift|otsikko|nagłówek|nadpis|naslov|címsor|titlu"
    r"|заголовок|başlık|επικεφαλίδα|标题|標題|見出し|제목) ?([1-9])",
    re.IGNORECASE,
)
TITLES = ("title", "titel", "titre", "título", "titolo", "标题", "標題", "表題", "제목", "название")
CONTENTS = re.compile(r"(?:toc|verzeichnis|tm|tdc) ?[1-9]", re.IGNORECASE)
PLACE = re.compile(r"%([1-9])")
LEVELS = 9
LARGEST = 1_000_000  # of a counter
ROMAN = tuple(zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "m cm d cd c xc l xl x ix v iv i".split()))  # noqa: B905, SIM905


class Styles:
    """The styles of a document by their ids."""

    def __init__(self, package: Package, main: str) -> None:
        roots = list(package.related(main, "styles"))
        self._styles = {value(style, "styleId"): style for root in roots for style in root.iter("{*}style")}
        self._known: dict[tuple[str, str, str], bool] = {}
        self._levels: dict[str, int] = {}
        self._default = next(
            (
                name
                for name, style in self._styles.items()
                if value(style, "type") == "paragraph" and value(style, "default") in ("1", "true", "on")
            ),
            "",
        )

    def of(self, properties: Any) -> str:
        """Return the id of the style that a paragraph's properties name, else of the default style."""
        found = child(properties, "pStyle")
        return value(found) if found is not None else self._default

    def name(self, style: str) -> str:
        """Return the name of a style; its id where nothing else is known."""
        found = child(self._styles.get(style), "name")
        return value(found) if found is not None else style

    def chain(self, style: str) -> Iterator[tuple[str, Any]]:
        """Yield a style and those that it builds on, the nearest first."""
        for _ in range(MOST_DEEP):
            element = self._styles.get(style)
            if element is None:
                return
            yield style, element
            base = child(element, "basedOn")
            style = value(base) if base is not None else ""

    def level(self, style: str) -> int:
        """Return the heading level of a style, from 1; 0 for none. Names win over outline levels, as in Word."""
        if style not in self._levels:
            self._levels[style] = self._level(style)
        return self._levels[style]

    def _level(self, style: str) -> int:
        for name in (style, *(name for name, _ in self.chain(style))):
            found = HEADING.fullmatch(self.name(name))
            if found or self.name(name).lower() in TITLES:
                return int(found[1]) if found else 1
            level = outline(child(self._styles.get(name), "pPr"))
            if level is not None:
                return level
        return 0

    def is_contents(self, style: str) -> bool:
        return bool(CONTENTS.fullmatch(self.name(style)))

    def has(self, properties: Any, name: str, style: str) -> bool:
        """Return whether a run's property is on: its own, else its character style's, else the paragraph style's."""
        found = child(properties, name)
        if found is None:
            own = child(properties, "rStyle")
            return self._inherited(value(own) if own is not None else "", style, name)
        return is_on(found)

    def _inherited(self, own: str, style: str, name: str) -> bool:
        key = own, style, name
        if key not in self._known:
            chains = (*self.chain(own), *self.chain(style))
            found = next((made for _, element in chains if (made := child(element, "rPr", name)) is not None), None)
            self._known[key] = is_on(found)
        return self._known[key]

    def numbering(self, properties: Any, style: str) -> tuple[str, int | None, str]:
        """Return the id and level of a paragraph's numbering, and the style that brings it; ("", None, "") for none."""
        for name, holder in (("", properties), *((name, child(element, "pPr")) for name, element in self.chain(style))):
            found = child(holder, "numPr")
            if found is not None and child(found, "numId") is not None:
                level = child(found, "ilvl")
                return value(child(found, "numId")), _whole(value(level), 0) if level is not None else None, name
        return "", None, ""


def outline(properties: Any) -> int | None:
    """Return the heading level that paragraph properties set, 0 for body text; None if they do not say."""
    found = child(properties, "outlineLvl")
    if found is None:
        return None
    level = _whole(value(found), BODY_LEVEL)
    return level + 1 if level < BODY_LEVEL else 0


@dataclass(frozen=True)
class Level:
    """How a level of a list is numbered. text: with %1 for the first level's number. restart: None for the usual."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    is_legal: bool = False
    style: str = ""
    restart: int | None = None


@dataclass
class Numbers:
    """The counters of a document's lists, by the abstract numbering that several lists can share."""

    package: Package
    main: str
    _counters: dict[str, list[int | None]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    @cached_property
    def _lists(self) -> Mapping[str, tuple[str, dict[int, Level], dict[int, int]]]:
        """By the id of a numbering: its abstract one, its levels, and the numbers at which levels begin anew."""
        roots = list(self.package.related(self.main, "numbering"))
        abstract = {value(found, "abstractNumId"): found for root in roots for found in root.iter("{*}abstractNum")}
        linked = {value(found): name for name, held in abstract.items() for found in held.iterfind("./{*}styleLink")}
        lists: dict[str, tuple[str, dict[int, Level], dict[int, int]]] = {}
        for found in (found for root in roots for found in root.iter("{*}num")):
            name = value(child(found, "abstractNumId")) if child(found, "abstractNumId") is not None else ""
            link = child(abstract.get(name), "numStyleLink")
            name = linked.get(value(link), name) if link is not None else name
            levels = dict(_levels(abstract[name])) if name in abstract else {}
            starts: dict[int, int] = {}
            for override in found.iterfind("./{*}lvlOverride"):
                levels.update(_levels(override))
                start = child(override, "startOverride")
                if start is not None:
                    starts[_whole(value(override, "ilvl"), 0)] = _whole(value(start), 1)
            lists[value(found, "numId")] = name, levels, starts
        return lists

    def mark(self, number: str, level: int | None, style: str) -> tuple[int, str]:
        """Count one paragraph. Returns its level from 0, and its number as text: "" for a bullet; (-1, "") for none."""
        name, levels, starts = self._lists.get(number, ("", {}, {}))
        if not levels:
            return -1, ""
        if level is None:
            level = next((place for place, found in levels.items() if style and found.style == style), 0)
        level = min(level, LEVELS - 1)
        counters = self._counters.setdefault(name, [None] * LEVELS)
        own = levels.get(level, Level())
        if level in starts and (number, level) not in self._begun:
            self._begun.add((number, level))
            counters[level] = starts[level]
        else:
            held = counters[level]
            counters[level] = own.start if held is None else min(held + 1, LARGEST)
        for deeper in range(level + 1, LEVELS):
            restart = levels.get(deeper, Level()).restart
            if restart is None or level < restart:
                counters[deeper] = None
        for upper in range(level):
            if counters[upper] is None:
                counters[upper] = levels.get(upper, Level()).start
        return level, _number(own, levels, counters)


def _levels(parent: Any) -> Iterator[tuple[int, Level]]:
    for found in parent.iterfind("./{*}lvl"):
        held = {local(part): value(part) for part in found}
        for choice in found.iterfind(".//{*}Choice/{*}numFmt"):
            held["numfmt"] = value(choice)
        restart = _whole(held["lvlrestart"], 0) if "lvlrestart" in held else None
        yield (
            _whole(value(found, "ilvl"), 0),
            Level(
                _whole(held.get("start", ""), 1),
                held.get("numfmt", "decimal"),
                held.get("lvltext", ""),
                is_on(child(found, "isLgl")),
                held.get("pstyle", ""),
                restart,
            ),
        )


def _number(own: Level, levels: Mapping[int, Level], counters: list[int | None]) -> str:
    if own.format in ("bullet", "none") and not PLACE.search(own.text):
        return ""

    def written(found: re.Match[str]) -> str:
        place = int(found[1]) - 1
        count = counters[place]
        return counted(count or 0, "decimal" if own.is_legal else levels.get(place, Level()).format)

    return PLACE.sub(written, own.text).strip()


def counted(count: int, format: str) -> str:
    """Return a number as a list shows it."""
    if format in ("upperRoman", "lowerRoman"):
        return _roman(count).upper() if format == "upperRoman" else _roman(count)
    if format in ("upperLetter", "lowerLetter") and count > 0:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1 if count < 10_000 else 1)
        return letter.upper() if format == "upperLetter" else letter
    if format == "decimalZero":
        return f"{count:02}"
    return "" if format == "none" else str(count)


def _roman(count: int) -> str:
    text = ""
    for worth, letters in ROMAN if 0 < count < 10_000 else ():
        text += letters * (count // worth)
        count %= worth
    return text or str(count)


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise
