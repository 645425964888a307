"""DrawingML in documents, slides and sheets: text, alternative texts, charts and diagrams."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from askew.documents.formats.draft import one_line
from askew.documents.formats.markup import plain, table
from askew.documents.formats.office.equations import equation, raised
from askew.documents.formats.office.number_formats import shown
from askew.documents.formats.office.ooxml import Package, child, value
from askew.documents.formats.xml import local

MOST_POINTS = 200  # of a chart's series; beyond that it shows a curve, not figures
GENERATED = re.compile(
    r"\s*(description automatically generated|ai-generated content may be incorrect\.?)", re.IGNORECASE
)
FILE_NAME = re.compile(
    r"\S*[\\/]\S*|\S+\.(png|jpe?g|gif|bmp|tiff?|svg|[ew]mf|webp)|(picture|image|bild|grafik|photo)[ _]?\d*",
    re.IGNORECASE,
)
NAMELESS = ("pres", "parTrans", "sibTrans")  # points of a diagram that only carry its layout


def children(element: Any) -> Iterator[Any]:
    """Yield child elements; of alternatives for newer and older programs, the content of the first that has any."""
    for found in element:
        if local(found) != "alternatecontent":
            yield found
            continue
        choice = next((choice for choice in found if len(choice)), None)
        if choice is not None:
            yield from children(choice)


def words(paragraph: Any) -> str:
    """Return the text of a DrawingML paragraph; struck-out words stand between ~~."""
    return struck(list(_runs(paragraph))).strip()


def struck(runs: Sequence[tuple[str, bool]]) -> str:
    """Join runs of text; each comes with whether it is struck out."""
    result: list[str] = []
    open_ = False
    for text, is_struck in (*runs, ("", False)):
        if is_struck != open_ and (text.strip() or not text):
            mark = "~~"
            if open_:
                bare = result[-1].rstrip()
                result[-1:] = [bare, mark, result[-1][len(bare) :]]
            else:
                result += [text[: len(text) - len(text.lstrip())], mark]
                text = text.lstrip()
            open_ = is_struck
        result.append(text)
    return "".join(result)


def _runs(element: Any) -> Iterator[tuple[str, bool]]:
    for found in children(element):
        name = local(found)
        if name in ("r", "fld"):
            properties = child(found, "rPr")
            strike = value(properties, "strike") if properties is not None else ""
            text = "".join(part.text or "" for part in found.iterfind("./{*}t"))
            baseline = value(properties, "baseline") if properties is not None else ""
            text = raised(text) if baseline and not baseline.startswith(("-", "0")) else text
            yield text, strike not in ("", "noStrike")
        elif name == "br":
            yield "\n", False
        elif name in ("omath", "omathpara"):
            yield equation(found), False
        elif name == "m":
            yield from _runs(found)


def paragraphs(body: Any) -> list[str]:
    """Return the paragraphs of a text body, without empty ones."""
    return [text for found in body.iter("{*}p") if (text := words(found))]


def alternative(properties: Any) -> str:
    """Return the alternative text of a picture, "" if it is only a file name or a program's guess about nothing."""
    if properties is None:
        return ""
    found = GENERATED.sub("", one_line(value(properties, "descr") or value(properties, "title"))).strip()
    return "" if FILE_NAME.fullmatch(found) else found


def pictured(properties: Any) -> str:
    """Return a block for the alternative text of a picture."""
    found = alternative(properties)
    return f"Image: {found}" if found else ""


def chart(root: Any) -> list[str]:
    """Return the title of a chart, the titles of its axes, and its data as a table."""
    titles = [" ".join(paragraphs(found)) for found in root.iter("{*}title")]
    series = [_series(found) for found in root.iter("{*}ser")]
    heads = [plain(title) for title in titles if title]
    if not series:
        return heads
    labels = list(dict.fromkeys(label for _, points in series for label in points))
    rows = [["", *(name for name, _ in series)]]
    rows += [[label, *(points.get(label, "") for _, points in series)] for label in labels[:MOST_POINTS]]
    return [*heads, table(rows)]


def _series(found: Any) -> tuple[str, dict[str, str]]:
    """Return the name of a series, and its values by their categories."""
    name = " ".join(one_line(text.text or "") for text in found.iterfind("./{*}tx//{*}v"))
    labels = _points(next((child(found, part) for part in ("cat", "xVal") if child(found, part) is not None), None))
    values = _points(next((child(found, part) for part in ("val", "yVal") if child(found, part) is not None), None))
    return name, {labels.get(place, str(place + 1)): text for place, text in values.items()} or dict.fromkeys(
        labels.values(), ""
    )


def _points(data: Any) -> dict[int, str]:
    if data is None:
        return {}
    cache = next(
        (found for found in data.iter() if local(found) in ("numcache", "strcache", "numlit", "strlit", "lvl")), data
    )
    code = next((found.text or "" for found in data.iter("{*}formatCode")), "")
    points: dict[int, str] = {}
    for place, point in enumerate(cache.iterfind("./{*}pt")):
        index = value(point, "idx")
        text = next((found.text or "" for found in point.iter("{*}v")), "")
        points[int(index) if index.isdecimal() else place] = _figure(text, code)
    return points


def _figure(text: str, code: str) -> str:
    try:
        return shown(float(text), code)
    except ValueError:
        return one_line(text)


def diagram(root: Any) -> list[str]:
    """Return the texts of a SmartArt diagram's points, in their order."""
    texts = [" ".join(paragraphs(point)) for point in root.iter("{*}pt") if value(point, "type") not in NAMELESS]
    return [plain(text) for text in texts if text]


def framed(element: Any, package: Package, part: str) -> list[str]:
    """Return the charts and diagrams that a frame within a part refers to."""
    targets = package.targets(part)
    made: list[str] = []
    for found in element.iter("{*}chart", "{*}relIds"):
        target = targets.get(value(found, "dm") or value(found, "id"), "")
        if target:
            root = package.root(target)
            made += diagram(root) if value(found, "dm") else chart(root)
    return made
