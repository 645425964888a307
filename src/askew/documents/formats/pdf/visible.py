"""Hidden text of a PDF: layers that are off, text outside the crop box, invisible and white text.

Whether a layer or white text can be seen is decided by rendering the page with and without it. Invisible text over an
image is the result of OCR, and is kept.
"""

import ctypes
import re
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from askew.documents.formats.pdf.text import Run, functions

INVISIBLE = 3  # text render mode
WHITE = 250  # least red, green and blue
MOST_RENDERED = 24  # pages of a document
LONGEST_SIDE = 900  # pixels
MOST_LAYERS = 200
LAYER = b"/OCG"
PACKED = re.compile(rb"/ObjStm\b.{0,300}?stream\r?\n", re.DOTALL)
PACKED_PIECE = 1 << 20
IMAGE, SHADING, FORM = 3, 4, 5  # types of page objects


def has_layers(data: bytes) -> bool:
    """Return whether a file may have optional content; True if it is encrypted, where nobody can tell."""
    if LAYER in data or b"/Encrypt" in data:
        return True
    for found in PACKED.finditer(data):
        try:
            if LAYER in zlib.decompressobj().decompress(data[found.end() : found.end() + PACKED_PIECE], PACKED_PIECE):
                return True
        except zlib.error:
            continue
    return False


class Sight:
    """What can be seen of a document's text. Remembers layers that are off, and counts what it hides."""

    def __init__(self, layered: bool) -> None:
        self._layered = layered
        self._layers: dict[str, bool] = {}
        self._rendered = 0
        self.hidden: dict[str, int] = defaultdict(int)

    def visible(self, page: Any, runs: Sequence[Run]) -> list[Run]:
        """Return the runs that a reader sees; counts the words of the others by reason."""
        box = page.get_bbox()
        kept = []
        doubtful: dict[tuple[str, str], list[Run]] = defaultdict(list)
        pictures: list[tuple[float, float, float, float]] | None = None
        left, bottom, right, top = box
        looks: dict[int, tuple[int, bool]] = {}
        for run in runs:
            inside = run.left > left and run.right < right and run.bottom > bottom and run.top < top
            if not inside and not _inside(run, box):
                self._hide("outside the page", run)
                continue
            look = looks.get(run.object)
            if look is None:
                look = looks[run.object] = _look(run.object)
            mode, white = look
            if mode == INVISIBLE:
                pictures = _pictures(page) if pictures is None else pictures
                if not any(_covers(picture, run) for picture in pictures):
                    self._hide("invisible", run)
                    continue
            layer = _layer(run.object) if self._layered else None
            if layer is not None:
                doubtful["in hidden layers", layer].append(run)
            elif white and mode != INVISIBLE:
                doubtful["white on white", ""].append(run)
            kept.append(run)
        gone = self._unseen(page, doubtful) if doubtful else set()
        return [run for run in kept if id(run) not in gone] if gone else kept

    def _hide(self, reason: str, run: Run) -> None:
        self.hidden[reason] += len(run.text.split())

    def _unseen(self, page: Any, doubtful: Mapping[tuple[str, str], Sequence[Run]]) -> set[int]:
        gone: set[int] = set()
        for (reason, layer), runs in doubtful.items():
            if layer:
                if layer not in self._layers and len(self._layers) < MOST_LAYERS:
                    self._layers[layer] = _shows(page, runs) != set()
                unseen = set() if self._layers.get(layer, True) else {id(run) for run in runs}
            elif self._rendered < MOST_RENDERED:
                self._rendered += 1
                seen = _shows(page, runs)
                unseen = {id(run) for run in runs if id(run) not in seen}
            else:
                continue
            for run in runs:
                if id(run) in unseen:
                    self._hide(reason, run)
            gone |= unseen
        return gone


def _inside(run: Run, box: tuple[float, float, float, float]) -> bool:
    left, bottom, right, top = box
    x, y = (run.left + run.right) / 2, (run.bottom + run.top) / 2
    within = left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1
    return within or (run.left < right and run.right > left and run.bottom >= bottom - 1 and run.top <= top + 1)


RED, GREEN, BLUE, ALPHA = (ctypes.c_uint() for _ in range(4))
COLOURS = tuple(map(ctypes.byref, (RED, GREEN, BLUE, ALPHA)))


def _look(of: int) -> tuple[int, bool]:
    """Return the render mode of a text object, and whether it is white or transparent."""
    if not of:
        return 0, False
    call = functions()
    mode: int = call["FPDFTextObj_GetTextRenderMode"](of)
    if mode not in (0, INVISIBLE) or not call["FPDFPageObj_GetFillColor"](of, *COLOURS):
        return mode, False
    white = RED.value >= WHITE and GREEN.value >= WHITE and BLUE.value >= WHITE
    return mode, white or not ALPHA.value


def _layer(of: int) -> str | None:
    """Return the name of the layer that a text object stands in; None if in none."""
    import pypdfium2.raw as pdfium

    count = functions()["FPDFPageObj_CountMarks"](of) if of else 0
    handle = ctypes.cast(of, pdfium.FPDF_PAGEOBJECT) if count else None
    for number in range(count):
        mark = pdfium.FPDFPageObj_GetMark(handle, number)
        if _string(pdfium.FPDFPageObjMark_GetName, mark) == "OC":
            name = _string(pdfium.FPDFPageObjMark_GetParamStringValue, mark, b"Name")
            return name or f"{pdfium.FPDFPageObjMark_CountParams(mark)} parameters"
    return None


def _string(call: Any, *arguments: Any) -> str:
    import pypdfium2.raw as pdfium

    length = ctypes.c_ulong()
    buffer = (pdfium.FPDF_WCHAR * 64)()
    if not call(*arguments, buffer, ctypes.sizeof(buffer), ctypes.byref(length)):
        return ""
    return bytes(buffer)[: max(0, min(length.value, 128) - 2)].decode("utf-16-le", "replace")


def _pictures(page: Any) -> list[tuple[float, float, float, float]]:
    """Return the boxes of the images of a page, and of what may contain images."""
    import pypdfium2.raw as pdfium

    boxes = []
    sides = [ctypes.c_float() for _ in range(4)]
    for number in range(pdfium.FPDFPage_CountObjects(page.raw)):
        item = pdfium.FPDFPage_GetObject(page.raw, number)
        if pdfium.FPDFPageObj_GetType(item) in (IMAGE, SHADING, FORM) and pdfium.FPDFPageObj_GetBounds(item, *sides):
            boxes.append((sides[0].value, sides[1].value, sides[2].value, sides[3].value))
    return boxes


def _covers(box: tuple[float, float, float, float], run: Run) -> bool:
    x, y = (run.left + run.right) / 2, (run.bottom + run.top) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _shows(page: Any, runs: Sequence[Run]) -> set[int]:
    """Return the ids of the runs that change the picture of the page."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    scale = min(1.5, LONGEST_SIDE / max(width, height, 1))
    whole = page.render(scale=scale, may_draw_forms=False, draw_annots=False, grayscale=True).to_numpy().copy()
    handles = [ctypes.cast(of, pdfium.FPDF_PAGEOBJECT) for of in {run.object for run in runs if run.object}]
    for handle in handles:
        pdfium.FPDFPageObj_SetIsActive(handle, False)
    bare = page.render(scale=scale, may_draw_forms=False, draw_annots=False, grayscale=True).to_numpy()
    changed = (whole != bare).reshape(whole.shape[:2])
    for handle in handles:
        pdfium.FPDFPageObj_SetIsActive(handle, True)
    seen = set()
    for run in runs:
        (x, y), (right, bottom) = (_device(page, changed.shape, *corner) for corner in _corners(run))
        if changed[min(y, bottom) : max(y, bottom) + 1, min(x, right) : max(x, right) + 1].any():
            seen.add(id(run))
    return seen


def _corners(run: Run) -> tuple[tuple[float, float], tuple[float, float]]:
    return (run.left, run.top), (run.right, run.bottom)


def _device(page: Any, shape: tuple[int, ...], x: float, y: float) -> tuple[int, int]:
    """Convert a place on the page to pixels."""
    import pypdfium2.raw as pdfium

    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, shape[1], shape[0], 0, x, y, across, down)
    return min(max(across.value, 0), shape[1] - 1), min(max(down.value, 0), shape[0] - 1)
