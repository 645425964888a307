"""What is a report made of? Sections with prose, tables, figures and examples; `report.py` makes a page of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """strong: the rows, counted from 0, that are to be seen first. Numbers may come as numbers or as text."""

    headings: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    caption: str = ""
    strong: tuple[int, ...] = ()


@dataclass(frozen=True)
class Bar:
    """low, high: where the value lies with the confidence that the caption names; both the value where it is exact."""

    label: str
    value: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class Bars:
    """axis: what is measured, and in what."""

    bars: tuple[Bar, ...]
    axis: str
    caption: str = ""


@dataclass(frozen=True)
class Line:
    """points: x and y, by ascending x."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Curve:
    """x, y: what the axes show."""

    lines: tuple[Line, ...]
    x: str
    y: str
    caption: str = ""


@dataclass(frozen=True)
class Histogram:
    """edges: one more than counts, ascending."""

    counts: tuple[int, ...]
    edges: tuple[float, ...]
    x: str
    caption: str = ""


@dataclass(frozen=True)
class Side:
    """What one of several has for an example. right: the lines, counted from 0, that are marked as right."""

    name: str
    lines: tuple[str, ...]
    right: tuple[int, ...] = ()


@dataclass(frozen=True)
class Example:
    """sides: shown beside each other, below the lines."""

    title: str
    lines: tuple[str, ...]
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True)
class Examples:
    items: tuple[Example, ...]
    caption: str = ""


Block = Table | Bars | Curve | Histogram | Examples


@dataclass(frozen=True)
class Section:
    title: str
    prose: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
