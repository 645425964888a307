"""HTML pages: one self-contained file, every text escaped, nothing fetched."""

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Mapping, Sequence
from importlib import resources

from askew.text.display import shorten

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; {policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="askew">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
{data}
{scripts}
</body>
</html>
"""
BASE = "page.css"
"""The colours of day and night, type, buttons and panels: in every page."""


def page(
    title: str,
    body: str,
    *,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    data: Mapping[str, object] | None = None,
    language: str = "en",
) -> str:
    """body: HTML whose texts were escaped. styles, scripts: files in web/. data: for the scripts, by element id."""
    style = "\n".join(web(name) for name in (BASE, *styles))
    sources = [web(name) for name in scripts]
    policy = f"style-src {_hashes([style])}; script-src {_hashes(sources)}; base-uri 'none'; form-action 'none'"
    return PAGE.format(
        language=language,
        policy=policy,
        title=html.escape(title),
        style=style,
        body=body,
        data="\n".join(_data(id, value) for id, value in (data or {}).items()),
        scripts="\n".join(f"<script>{source}</script>" for source in sources),
    )


def web(name: str) -> str:
    return resources.files("askew.charts").joinpath("web", name).read_text("utf-8")


def embedded(value: object) -> str:
    """JSON that can stand within a script element: nothing in it is read as a tag, a comment or an entity."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _data(id: str, value: object) -> str:
    return f'<script type="application/json" id="{html.escape(id)}">{embedded(value)}</script>'


def _hashes(sources: Sequence[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() for source in sources]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


LONGEST = 400
"""Characters of a text that are shown."""
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML may not hold, and halves of characters, which no file can hold."""
NUMBER = r"[+\-−±]?(\d[\d,]*(\.\d+)?|\.\d+)( ?(%|[a-zA-Z]{1,3}))?"
FIGURE = re.compile(rf"([<>≤≥] ?)?{NUMBER}( to {NUMBER}| \({NUMBER}\))?|[–—-]?")
"""A number as it is printed, with its unit, range or share; or the dash that stands where there is none."""


def escaped(text: str, longest: int = LONGEST) -> str:
    """On one line, its beginning where it is long."""
    return html.escape(FORBIDDEN.sub("�", shorten(text, longest)))


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
