"""Office equations (OMML) as one line of text: k·A/d, x², √(a+b)."""

from collections.abc import Callable, Mapping
from typing import Any

from askew.documents.formats.xml import local

RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
ACCENTS = {"^": "\u0302", "~": "\u0303", "˙": "\u0307", "¨": "\u0308", "¯": "\u0305", "→": "\u20d7"}
UNSEEN = dict.fromkeys(range(0x2061, 0x2065))  # function application, invisible times and the like
PROPERTIES = "pr"


def raised(text: str) -> str:
    """Return digits as superscripts; anything else as it is."""
    bare = text.strip()
    return text.translate(RAISED) if bare and set(bare) <= set("0123456789+-−n") else text


def equation(element: Any) -> str:
    """Return an equation, or a part of one, as text."""
    return "".join(_made(found) for found in element)


def _made(element: Any) -> str:
    name = local(element)
    if name.endswith(PROPERTIES):
        return ""
    if name == "t":
        return (element.text or "").translate(UNSEEN)
    return FORMS.get(name, equation)(element)


def _part(element: Any, name: str) -> str:
    found = element.find("{*}" + name)
    return equation(found) if found is not None else ""


def _setting(element: Any, name: str, otherwise: str) -> str:
    found = element.find("./{*}" + local(element) + "Pr/{*}" + name)
    if found is None:
        return otherwise
    return next((str(value) for key, value in found.attrib.items() if key.endswith("val")), otherwise)


def _grouped(text: str) -> str:
    """Put parentheses around an operand of more than one term."""
    bare = text.strip()
    return bare if len(bare) < 2 or bare.isalnum() or (bare[0] in "([" and bare[-1] in ")]") else f"({bare})"


def _fraction(element: Any) -> str:
    if _setting(element, "type", "bar") == "noBar":
        return f"({_part(element, 'num')} {_part(element, 'den')})"
    top = _part(element, "num")
    return f"{top if _is_product(top) else _grouped(top)}/{_grouped(_part(element, 'den'))}"


def _is_product(text: str) -> bool:
    return not any(sign in text for sign in "+-−±=<>≤≥/")


def _above(text: str) -> str:
    bare = text.strip()
    if bare in ("∘", "°", "′", "″"):
        return bare.replace("∘", "°")
    return bare.translate(RAISED) if bare and all(ord(sign) in RAISED for sign in bare) else f"^{_grouped(bare)}"


def _below(text: str) -> str:
    bare = text.strip()
    return bare.translate(LOWERED) if bare and all(ord(sign) in LOWERED for sign in bare) else f"_{_grouped(bare)}"


def _scripts(element: Any) -> str:
    base, below, above = (_part(element, name) for name in ("e", "sub", "sup"))
    base = _grouped(base) if above and not _is_product(base) else base
    return base + (_below(below) if below else "") + (_above(above) if above else "")


def _root(element: Any) -> str:
    degree = _part(element, "deg").strip()
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree, f"{degree.translate(RAISED)}√")
    return sign + _grouped(_part(element, "e"))


def _operator(element: Any) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    limits = (_below(below) if below else "") + (_above(above) if above else "")
    return f"{_setting(element, 'chr', '∫')}{limits} {_part(element, 'e')}"


def _fenced(element: Any) -> str:
    separator = _setting(element, "sepChr", "|")
    inner = separator.join(equation(found) for found in element.iterfind("./{*}e"))
    return f"{_setting(element, 'begChr', '(')}{inner}{_setting(element, 'endChr', ')')}"


def _matrix(element: Any) -> str:
    rows = [", ".join(equation(cell) for cell in row.iterfind("./{*}e")) for row in element.iterfind("./{*}mr")]
    return f"[{'; '.join(rows)}]"


def _lines(element: Any) -> str:
    return "; ".join(equation(found) for found in element.iterfind("./{*}e"))


def _accent(element: Any) -> str:
    sign = _setting(element, "chr", "^")
    return _part(element, "e") + ACCENTS.get(sign, sign)


def _limit(element: Any) -> str:
    return f"{_part(element, 'e')}_{_grouped(_part(element, 'lim'))} "


def _function(element: Any) -> str:
    return f"{_part(element, 'fName').strip()} {_part(element, 'e')}"


FORMS: Mapping[str, Callable[[Any], str]] = {
    "f": _fraction,
    "ssup": _scripts,
    "ssub": _scripts,
    "ssubsup": _scripts,
    "rad": _root,
    "nary": _operator,
    "d": _fenced,
    "m": _matrix,
    "eqarr": _lines,
    "acc": _accent,
    "limlow": _limit,
    "limupp": _limit,
    "func": _function,
}
