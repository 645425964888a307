"""The text of a DOCX paragraph, run by run: symbols, equations, fields, revisions, ruby, and what is hidden in it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from askew.documents.formats.office.drawings import children, struck
from askew.documents.formats.office.equations import equation, raised
from askew.documents.formats.office.ooxml import child, is_on, value
from askew.documents.formats.office.word_styles import Styles
from askew.documents.formats.xml import local

SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "nobreakhyphen": "-", "softhyphen": ""}
DELETED = frozenset(
    "del movefrom ppr rpr instrtext deltext sdtpr sdtendpr rt rubypr tblpr trpr tcpr".split()  # noqa: SIM905
)
FRAMES = ("drawing", "pict", "object", "txbxcontent")
REFERENCES = ("commentreference", "footnotereference", "endnotereference")
COUNTED = ("PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION")
HIDDEN_WORD = "word of hidden text"
CHECKED, UNCHECKED = "☒", "☐"
PRIVATE = range(0xF020, 0xF100)
"""Where symbol fonts keep their characters, so that no other font shows them as letters."""
SYMBOL = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλµνοπθρστυϖωξψζ{|}∼",
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭",
)
"""The font Symbol: from 0x20 on, and from 0xA0 on."""
WINGDINGS = {
    0x21: "✏", 0x22: "✂", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x36: "⌛", 0x3A: "💻", 0x3F: "✍", 0x41: "✌", 0x43: "👍",
    0x44: "👎", 0x45: "☜", 0x46: "☞", 0x47: "☝", 0x48: "☟", 0x4A: "☺", 0x4C: "☹", 0x4E: "☠", 0x52: "☼", 0x54: "❄",
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x72: "❒", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x78: "☒", 0x9F: "•",
    0xA1: "○", 0xA7: "▪", 0xA8: "☐", 0xAB: "★", 0xB7: "•", 0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓",
    0xE8: "➔", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
"""The characters of the font Wingdings that texts use."""


def symbols(text: str, font: str) -> str:
    """Return the Unicode characters of a text in a symbol font, and of private characters in any font."""
    name = font.lower()
    if name.startswith("wingdings"):
        return "".join(WINGDINGS.get(ord(sign) & 0xFF, "•") if not sign.isspace() else sign for sign in text)
    if name != "symbol" and (text.isascii() or not any(ord(sign) in PRIVATE for sign in text)):
        return text
    return "".join(_symbol(sign, name == "symbol") for sign in text)


def _symbol(sign: str, is_symbol: bool) -> str:
    code = ord(sign)
    if code in PRIVATE:
        code -= 0xF000
    elif not is_symbol or code > 0xFF:
        return sign
    for first, held in zip((0x20, 0xA0), SYMBOL, strict=True):
        if first <= code < first + len(held):
            return held[code - first]
    return sign


@dataclass
class Runs:
    """Reads the text of paragraphs. references: to notes and comments, in order. frames: drawings within the text.

    fields: for each open field, whether its result has begun, and its instruction. in_margin: page numbers are left
    out, because they are the same on no two pages.
    """

    styles: Styles
    left_out: Counter[str]
    in_margin: bool = False
    references: list[tuple[str, str]] = field(default_factory=list)
    frames: list[Any] = field(default_factory=list)
    fields: list[list[Any]] = field(default_factory=list)
    all_bold: bool = False

    def text(self, paragraph: Any, style: str) -> str:
        """Return the text of a paragraph; afterwards `all_bold` says whether all of it is bold."""
        self.all_bold = True
        text = struck(list(self._pieces(paragraph, style))).strip()
        self.fields = [found for found in self.fields if found[0]]  # one that is damaged would silence all that follows
        return text

    def _pieces(self, element: Any, style: str) -> Iterator[tuple[str, bool]]:
        for found in children(element):
            name = local(found)
            if name == "r":
                yield from self._run(found, style)
            elif name in ("omath", "omathpara"):
                yield equation(found), False
                self.all_bold = False
            elif name == "fldsimple" and self._is_counted(value(found, "instr")):
                continue
            elif name in FRAMES:
                self.frames.append(found)
            elif name not in DELETED:
                yield from self._pieces(found, style)

    def _run(self, run: Any, style: str) -> Iterator[tuple[str, bool]]:
        properties = child(run, "rPr")
        text = "".join(self._signs(run, _font(properties)))
        if not text:
            return
        if self.styles.has(properties, "vanish", style):
            self.left_out[HIDDEN_WORD] += len(text.split())
            return
        raise_ = child(properties, "vertAlign")
        if raise_ is not None and value(raise_) == "superscript":
            text = raised(text)
        if text.strip() and not self.styles.has(properties, "b", style):
            self.all_bold = False
        yield text, any(is_on(child(properties, name)) for name in ("strike", "dstrike"))

    def _signs(self, run: Any, font: str) -> Iterator[str]:
        for found in children(run):
            name = local(found)
            if name in ("t", "sym") or name in SIGNS:
                yield "" if self._is_silent() else _written(found, name, font)
            elif name == "fldchar":
                yield from self._field(found)
            elif name == "instrtext" and self.fields:
                self.fields[-1][1] += found.text or ""
            elif name == "ruby":
                yield from (text for base in found.iterfind("./{*}rubyBase") for text, _ in self._pieces(base, ""))
            else:
                self._beside(found, name)

    def _beside(self, element: Any, name: str) -> None:
        if name in REFERENCES:
            self.references.append((name.removesuffix("reference"), value(element, "id")))
        elif name in FRAMES:
            self.frames.append(element)

    def _field(self, element: Any) -> Iterator[str]:
        kind = value(element, "fldCharType")
        if kind == "begin":
            self.fields.append([False, ""])
            yield from _form(element)
        elif kind == "separate" and self.fields:
            self.fields[-1][0] = True
        elif kind == "end" and self.fields:
            self.fields.pop()

    def _is_silent(self) -> bool:
        """Return whether the text at this place is an instruction, or a page number in a margin."""
        return any(not begun or self._is_counted(instruction) for begun, instruction in self.fields)

    def _is_counted(self, instruction: str) -> bool:
        return self.in_margin and instruction.split()[:1] != [] and instruction.split()[0].upper() in COUNTED


def _font(properties: Any) -> str:
    found = child(properties, "rFonts")
    return (value(found, "ascii") or value(found, "hAnsi")) if found is not None else ""


def _written(element: Any, name: str, font: str) -> str:
    if name == "sym":
        return _sign(element)
    return symbols(element.text or "", font) if name == "t" else SIGNS[name]


def _sign(element: Any) -> str:
    code = value(element, "char")
    try:
        return symbols(chr(int(code, 16)), value(element, "font"))
    except (ValueError, OverflowError):
        return ""


def _form(element: Any) -> Iterator[str]:
    """Yield the state of a check box, or the chosen entry of a list, of an old form."""
    box = child(element, "ffData", "checkBox")
    if box is not None:
        state = child(box, "checked") if child(box, "checked") is not None else child(box, "default")
        yield CHECKED if is_on(state) else UNCHECKED
    entries = [value(found) for found in element.iterfind("./{*}ffData/{*}ddList/{*}listEntry")]
    chosen = child(element, "ffData", "ddList", "result")
    place = int(value(chosen)) if chosen is not None and value(chosen).isdecimal() else 0
    yield entries[place] if place < len(entries) else ""


Notes = Mapping[tuple[str, str], Any]
"""Notes and comments by their kind and id."""
