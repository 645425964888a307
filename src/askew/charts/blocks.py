"""Contents of a report: prose, tables, figures and examples, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TableBlock:
    """strong: emphasised rows, counted from 0. Numbers may be given as numbers or as text."""

    headings: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    caption: str = ""
    strong: tuple[int, ...] = ()


@dataclass(frozen=True)
class IntervalBar:
    """low, high: the confidence interval at the level that the caption names; both equal the value if it is exact."""

    label: str
    value: float
    low: float
    high: float
    note: str = ""

    @property
    def exact(self) -> bool:
        return self.low == self.value == self.high


@dataclass(frozen=True)
class Bars:
    """axis: the quantity and its unit."""

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
    """x, y: names of the axes."""

    lines: tuple[CurveLine, ...]
    x: str
    y: str
    caption: str = ""


@dataclass(frozen=True)
class Histogram:
    """edges: ascending, one more than counts."""

    counts: tuple[int, ...]
    edges: tuple[float, ...]
    x: str
    caption: str = ""


@dataclass(frozen=True)
class ExampleSide:
    """One system's results for an example. right: lines marked as right, counted from 0."""

    name: str
    lines: tuple[str, ...]
    right: tuple[int, ...] = ()


@dataclass(frozen=True)
class Example:
    """sides: shown next to each other, below the lines."""

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
