"""PDFs written by hand, for what the libraries that write PDFs do not do."""

from collections.abc import Mapping, Sequence

FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold"}
IMAGE = (
    "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\n"
    "stream\n0\nendstream"
)
"""A picture of one pixel, for `objects`; `PICTURE` shows it over the page."""
PICTURE = "q 500 0 0 700 50 50 cm /I Do Q\n"
PICTURES = "/XObject<</I 100 0 R>>"
LOREM = (
    "The ferry leaves the quay at seven, and calls at both islands before",
    "noon. Whoever misses it has to wait until the evening, as the second",
    "boat carries only freight. Dogs travel free of charge, bicycles cost",
    "two pounds, and children under five need a ticket but pay nothing.",
)


def show(text: str, x: float, y: float, size: float = 11, font: str = "F1", before: str = "") -> str:
    """The operators that show a text at a place."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT {before} /{font} {size} Tf {x} {y} Td ({escaped}) Tj ET\n"


def lines(texts: Sequence[str], x: float, y: float, size: float = 11, font: str = "F1", step: float = 13) -> str:
    return "".join(show(text, x, y - step * number, size, font) for number, text in enumerate(texts))


def pdf(
    pages: Sequence[str],
    page: str = "/MediaBox[0 0 612 792]",
    catalog: str = "",
    resources: str = "",
    objects: Mapping[int, str] | None = None,
    info: str = "",
) -> bytes:
    """A page for each content stream. page, catalog, resources: more entries. objects: by number, from 100."""
    fonts = "".join(
        f"/{name}<</Type/Font/Subtype/Type1/BaseFont/{base}/Encoding/WinAnsiEncoding>>" for name, base in FONTS.items()
    )
    made = {1: f"<</Type/Catalog/Pages 2 0 R{catalog}>>"}
    kids = " ".join(f"{10 + 2 * number} 0 R" for number in range(len(pages)))
    made[2] = f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>"
    for number, content in enumerate(pages):
        made[10 + 2 * number] = (
            f"<</Type/Page/Parent 2 0 R{page}/Resources<</Font<<{fonts}>>{resources}>>/Contents {11 + 2 * number} 0 R>>"
        )
        made[11 + 2 * number] = f"<</Length {len(content.encode('cp1252'))}>>\nstream\n{content}\nendstream"
    made |= objects or {}
    if info:
        made[3] = f"<<{info}>>"
    return _written(made, "/Info 3 0 R" if info else "")


def _written(objects: Mapping[int, str], trailer: str) -> bytes:
    out = b"%PDF-1.7\n"
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    size = max(objects) + 1
    table = "".join(
        f"{places[number]:010} 00000 n \n" if number in places else "0000000000 65535 f \n" for number in range(size)
    )
    end = f"xref\n0 {size}\n{table}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{len(out)}\n%%EOF"
    return out + end.encode("ascii")
