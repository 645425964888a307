"""Blocks of a report: prose, tables, figures and examples, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TableBlock:
    """strong: the rows, counted from 0, that are to be seen first. Numbers may come as numbers or as text."""

    headings: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    caption: str = ""
    strong: tuple[int, ...] = ()


@dataclass(frozen=True)
class IntervalBar:
    """low, high: where the value lies with the confidence that the caption names; both the value where it is exact."""

    label: str
    value: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class Bars:
    """axis: what is measured, and in what."""

    bars: tuple[IntervalBar, ...]
    axis: str
    caption: str = ""


@dataclass(frozen=True)
class CurveLine:
    """points: x and y, by ascending x."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Curve:
    """x, y: what the axes show."""

    lines: tuple[CurveLine, ...]
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
class ExampleSide:
    """What one of several has for an example. right: the lines, counted from 0, that are marked as right."""

    name: str
    lines: tuple[str, ...]
    right: tuple[int, ...] = ()


@dataclass(frozen=True)
class Example:
    """sides: shown beside each other, below the lines."""

    title: str
    lines: tuple[str, ...]
    sides: tuple[ExampleSide, ...] = ()


@dataclass(frozen=True)
class Examples:
    items: tuple[Example, ...]
    caption: str = ""


Block = TableBlock | Bars | Curve | Histogram | Examples


@dataclass(frozen=True)
class ReportSection:
    title: str
    prose: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
