"""How do texts and numbers of any origin stand in HTML without breaking it, or disturbing what is beside them?"""

import html
import math
import re
from collections.abc import Mapping

LONGEST = 400
"""Characters of a text that are shown."""
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML may not hold, and halves of characters, which no file can hold."""
NUMBER = r"[+\-−±]?(\d[\d,]*(\.\d+)?|\.\d+)( ?(%|[a-zA-Z]{1,3}))?"
FIGURE = re.compile(rf"([<>≤≥] ?)?{NUMBER}( to {NUMBER}| \({NUMBER}\))?|[–—-]?")
"""A number as it is printed, with its unit, range or share; or the dash that stands where there is none."""


def escaped(text: str, longest: int = LONGEST) -> str:
    """On one line, its beginning where it is long."""
    line = " ".join(text.split())
    return html.escape(FORBIDDEN.sub("�", line if len(line) <= longest else line[: longest - 1] + "…"))


def isolated(text: str, longest: int = LONGEST) -> str:
    """Within other text: whichever way it is written, what follows it stays in its place."""
    return f"<bdi>{escaped(text, longest)}</bdi>"


def tag(name: str, attributes: Mapping[str, object], inside: str = "") -> str:
    """`inside` is HTML already. Numbers are written with at most three decimals."""
    given = "".join(f' {key}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{inside}</{name}>"


def number(value: float, digits: int = 3) -> str:
    """`0.316`, `−0.020`, `12,000`; a dash where it is not known."""
    if not math.isfinite(value):
        return "–"
    shown = f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"
    return shown.replace("-", "−")


def figure_like(value: object) -> bool:
    """Whether it belongs to the right of its column, under other numbers."""
    if isinstance(value, int | float):
        return not isinstance(value, bool)
    return FIGURE.fullmatch(str(value).strip()) is not None


def _value(value: object) -> str:
    """As it is: what is drawn is ours, and cut short it would be another drawing."""
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else html.escape(str(value))
