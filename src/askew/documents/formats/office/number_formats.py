"""Number formats of spreadsheets: a value as the program shows it, and dates in ISO 8601.

Sections, conditions, zeros, literals, scaling commas, percent, fractions, exponents and elapsed time, as ECMA-376
part 1, 18.8.31, describes them. Colours and the width of fill characters are ignored.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from askew.documents.formats.draft import Cell

GENERAL = "General"
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "$#,##0;($#,##0)", 6: "$#,##0;($#,##0)",
    7: "$#,##0.00;($#,##0.00)", 8: "$#,##0.00;($#,##0.00)",
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)", 41: "#,##0", 42: "$#,##0", 43: "#,##0.00", 44: "$#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""Formats by their ids; those that depend on the program's language stand as ISO 8601, or in English."""
TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General)|(?P<exponent>[Ee][+-])|(?P<noon>AM/PM|A/P|上午/下午)|(?P<date>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+)"
    r"|(?P<digit>[0#?])|(?P<sign>[.,%/@])|(?P<other>.)",
    re.DOTALL,
)
ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
CURRENCY = re.compile(r"\$([^-]*)")
MONEY = re.compile(r"[€$£¥₹]|[A-Z]{3}|kr\.?|Fr\.?|zł|Kč")
MOST_DIGITS = 15  # precision of a number in a sheet
LAST_DAY = 2958466  # the day after 9999-12-31
EPOCH = datetime(1899, 12, 30)
EPOCH_1904 = datetime(1904, 1, 1)
FALSE_LEAP_DAY = 60  # 1900-02-29, which never was
MOST_PLACES = 100  # digits that a format may ask for
LONGEST = 255  # characters of a format, as in Excel
LARGEST = 1e100  # beyond it, a number shows its exponent whatever its format
PRECISION = 400  # digits, more than both together
TESTS = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<>": lambda a, b: a != b,
}


@dataclass(frozen=True)
class Section:
    """One of up to four sections of a format. tokens: (kind, text); condition: (operator, number), ("", 0) for none."""

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, float] = ("", 0.0)

    def has(self, kind: str, texts: str = "") -> bool:
        return any(found == kind and (not texts or text in texts) for found, text in self.tokens)

    @property
    def is_date(self) -> bool:
        return self.has("date") or self.has("elapsed")


def shown(value: Cell, format: str = GENERAL, is_1904: bool = False) -> str:
    """Return a value as text. A date is a number with the format of a date."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    sections = _sections(format or GENERAL)
    if isinstance(value, str):
        return _text(value, sections)
    if not abs(value) < LARGEST:
        return _general(value)
    section, bare = _chosen(value, sections)
    if section.is_date:
        return _moment(value, section, is_1904)
    with localcontext(prec=PRECISION):
        return _number(bare, section) if section.tokens else ""


def typed(value: Cell, format: str = GENERAL, is_1904: bool = False) -> Cell:
    """Return a number as a number, unless it is a date or its format adds zeros or words, which belong to it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    section, _ = _chosen(value, _sections(format or GENERAL))
    if not section.tokens:  # no one sees it
        return ""
    zeros = [text for kind, text in section.tokens if kind == "digit" or text == "."]
    whole = "".join(zeros).partition(".")[0]
    words = [text for kind, text in section.tokens if kind == "literal" and any(map(str.isalnum, text))]
    if section.is_date or whole.count("0") > 1 or any(not MONEY.fullmatch(word.strip()) for word in words):
        return shown(value, format, is_1904)
    return value


@lru_cache(maxsize=4096)
def _sections(format: str) -> tuple[Section, ...]:
    sections: list[Section] = []
    tokens: list[tuple[str, str]] = []
    condition = ("", 0.0)
    for found in TOKEN.finditer(format[:LONGEST]):
        kind, text = str(found.lastgroup), found[str(found.lastgroup)]
        if kind == "other" and text == ";":
            sections.append(Section(tuple(tokens), condition))
            tokens, condition = [], ("", 0.0)
        elif kind == "bracket":
            test = CONDITION.fullmatch(text.strip())
            if test:
                condition = test[1], float(test[2])
            tokens += _bracket(text)
        else:
            tokens.append(_token(kind, text))
    return (*sections, Section(tuple(tokens), condition))[:4]


def _token(kind: str, text: str) -> tuple[str, str]:
    if kind in ("quoted", "escaped", "other"):
        return "literal", text
    if kind in ("space", "fill"):
        return "literal", " "
    return kind, text.lower() if kind == "date" else text


def _bracket(text: str) -> list[tuple[str, str]]:
    currency = CURRENCY.match(text)
    if currency:
        return [("literal", currency[1])] if currency[1] else []
    return [("elapsed", text.lower())] if ELAPSED.fullmatch(text) else []


def _text(value: str, sections: tuple[Section, ...]) -> str:
    section = sections[3] if len(sections) > 3 else sections[-1]
    if len(sections) < 4 and not section.has("sign", "@"):
        return value
    return "".join(value if text == "@" else text for kind, text in section.tokens if kind in ("sign", "literal"))


def _chosen(value: float, sections: tuple[Section, ...]) -> tuple[Section, float]:
    """Return the section for a number, and the number without the sign if the section stands for negative ones."""
    numeric = [section for section in sections[:3] if len(sections) < 2 or not section.has("sign", "@")] or [
        sections[0]
    ]
    for section in numeric:
        operator, limit = section.condition
        if operator and TESTS[operator](value, limit):
            return section, abs(value) if operator in ("<", "<=") and limit <= 0 else value
    free = [section for section in numeric if not section.condition[0]]
    if len(free) < len(numeric):
        return (free or numeric)[0 if len(free) < 2 or value >= 0 else 1], value
    if value < 0 and len(free) > 1:
        return free[1], abs(value)
    return (free[2] if value == 0 and len(free) > 2 else free[0]), value


def _moment(value: float, section: Section, is_1904: bool) -> str:
    if section.has("elapsed"):
        return _elapsed(value, section)
    units = {text[0] for kind, text in section.tokens if kind == "date"}
    if value < 0 or value >= LAST_DAY:
        return _general(value)
    moment = _date(value, is_1904)
    clock = moment.strftime("%H:%M:%S" if "s" in units or moment.second else "%H:%M") if units & {"h", "s"} else ""
    if not units & {"y", "d"} and clock:
        return clock
    return f"{moment:%Y-%m-%d} {clock}".strip() if value >= 1 or is_1904 or not clock else clock


def _date(value: float, is_1904: bool) -> datetime:
    days = value + (1 if value < FALSE_LEAP_DAY and not is_1904 else 0)
    moment = (EPOCH_1904 if is_1904 else EPOCH) + timedelta(seconds=round(days * 86400, 3))
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def _elapsed(value: float, section: Section) -> str:
    seconds = round(abs(value) * 86400)
    left, written = seconds, "-" if value < 0 else ""
    after_hour = False
    for kind, text in section.tokens:
        if kind not in ("elapsed", "date"):
            written += text if kind == "literal" else ""
            continue
        unit = {"h": 3600, "m": 60, "s": 1}.get(text[0], 0)
        if unit:
            count = left // unit if kind == "elapsed" else left // unit % {3600: 24, 60: 60, 1: 60}[unit]
            left = left - count * unit if kind == "elapsed" else left
            written += f"{count:0{len(text) if kind == 'elapsed' or after_hour else 1}}"
            after_hour = True
    return written


def _number(value: float, section: Section) -> str:
    if not section.has("digit"):
        return _worded(value, section)
    exact = Decimal(f"{value:.{MOST_DIGITS}g}")
    percents = sum(text == "%" for kind, text in section.tokens if kind == "sign")
    exact = exact.scaleb(2 * percents)
    if section.has("exponent"):
        made = _scientific(exact, section)
    elif section.has("sign", "/"):
        made = _fraction(exact, section)
    else:
        made = _decimal(exact, section)
    return " ".join(made.split())


def _worded(value: float, section: Section) -> str:
    """Format by a section without digits: General or @ between words, or words alone."""
    written = [
        text if kind == "literal" else _general(value)
        for kind, text in section.tokens
        if kind in ("literal", "general") or text == "@"
    ]
    return " ".join("".join(written).split()) if written else _general(value)


def _general(value: float) -> str:
    text = f"{value:.{MOST_DIGITS}g}"
    return text if "e" in text or "." not in text else text.rstrip("0").rstrip(".")


def _decimal(value: Decimal, section: Section) -> str:
    tokens = section.tokens
    digits = [place for place, (kind, _) in enumerate(tokens) if kind == "digit"]
    point = next((place for place, token in enumerate(tokens) if token == ("sign", ".")), len(tokens))
    whole = [place for place in digits if place < point]
    parts = [place for place in digits if place > point]
    commas = [place for place, token in enumerate(tokens) if token == ("sign", ",")]
    last = whole[-1] if whole else -1
    scaling = sum(not digits or place > digits[-1] or last < place < point for place in commas)
    rounded = abs(value.scaleb(-3 * scaling)).quantize(Decimal(1).scaleb(-len(parts[:MOST_PLACES])), ROUND_HALF_UP)
    left, _, right = f"{rounded:f}".partition(".")
    grouped = bool(whole) and any(whole[0] < place < last for place in commas)
    minus = "-" if value < 0 and rounded else ""
    written = _whole(left, [tokens[place][1] for place in whole], grouped)
    filled = dict(zip(whole, written, strict=True))
    filled.update(zip(parts, _parts(right, [tokens[place][1] for place in parts]), strict=True))
    lone = "" if whole else left.lstrip("0")
    return minus + "".join(
        filled.get(place, lone + text if place == point and any(map(filled.get, parts)) else
                   text if kind == "literal" or text == "%" else "")
        for place, (kind, text) in enumerate(tokens)
    )  # fmt: skip


def _whole(digits: str, places: list[str], grouped: bool) -> list[str]:
    """Distribute the digits before the point over their places, from the right; the first takes those in excess."""
    if not places:
        return []
    digits = digits.lstrip("0")
    wanted = len(places) - places.index("0") if "0" in places else 0
    digits = digits.rjust(min(wanted, MOST_PLACES), "0")
    lefts = range(len(digits) - 1, -1, -1)
    signs = [digit + "," * (grouped and left > 0 and left % 3 == 0) for left, digit in zip(lefts, digits, strict=True)]
    excess = max(len(signs) - len(places), 0)
    signs = ["".join(signs[: excess + 1]), *signs[excess + 1 :]] if excess else signs
    return [*[" " if place == "?" else "" for place in places[: len(places) - len(signs)]], *signs]


def _parts(digits: str, places: list[str]) -> list[str]:
    """Distribute the digits after the point; trailing zeros stay only where a 0 stands."""
    kept = len(digits.rstrip("0"))
    least = max((number for number, place in enumerate(places, 1) if place == "0"), default=0)
    shown = digits[: max(kept, least)]
    return [*shown, *[""] * (len(places) - len(shown))]


def _scientific(value: Decimal, section: Section) -> str:
    sign = next(place for place, (kind, _) in enumerate(section.tokens) if kind == "exponent")
    mantissa = Section(section.tokens[:sign])
    width = sum(kind == "digit" for kind, _ in section.tokens[sign:])
    step = max(_before_point(mantissa), 1)
    power = (value.adjusted() // step) * step if value else 0
    parts = _after_point(mantissa)
    if abs(value.scaleb(-power)).quantize(Decimal(1).scaleb(-parts), ROUND_HALF_UP) >= 10**step:
        power += step
    plus = "-" if power < 0 else "+" if section.tokens[sign][1][1] == "+" else ""
    return f"{_decimal(value.scaleb(-power), mantissa)}E{plus}{abs(power):0{width}}"


def _before_point(section: Section) -> int:
    signs = "".join(text for kind, text in section.tokens if kind == "digit" or text == ".")
    return len(signs.partition(".")[0])


def _after_point(section: Section) -> int:
    signs = "".join(text for kind, text in section.tokens if kind == "digit" or text == ".")
    return len(signs.partition(".")[2])


def _fraction(value: Decimal, section: Section) -> str:
    slash = next(place for place, token in enumerate(section.tokens) if token == ("sign", "/"))
    below = "".join(text for _, text in section.tokens[slash + 1 :]).strip()
    before = "".join(text for kind, text in section.tokens[:slash] if kind in ("digit", "literal")).rstrip()
    size = abs(Fraction(value))
    whole = int(size) if " " in before.strip() else 0
    fixed = int(below) if below.isdecimal() and int(below) else 0
    rest = Fraction(round((size - whole) * fixed), fixed) if fixed else _near(size - whole, len(below))
    if rest == 1 and " " in before.strip():
        whole, rest = whole + 1, Fraction(0)
    top, bottom = (round(rest * fixed), fixed) if fixed else (rest.numerator, rest.denominator)
    made = [str(whole)] if whole or not top else []
    return ("-" if value < 0 else "") + " ".join([*made, *([f"{top}/{bottom}"] if top else [])])


def _near(size: Fraction, places: int) -> Fraction:
    return size.limit_denominator(10 ** min(max(places, 1), 6) - 1)
