"""HTML pages: one self-contained file rendered from templates, every text escaped, nothing fetched."""

import base64
import hashlib
import html
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from askew import validation
from askew.environment import require
from askew.text.display import shorten

BASE_STYLE = "page.css"
"""Light and dark colours, type, buttons and panels: part of every page."""
LONGEST = 400
"""Characters of a text that are shown, unless a template says otherwise."""
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""Characters that HTML forbids, lone surrogates, which no file can hold, and those that reorder what is around them."""
NUMBER = r"[+\-−±]?(\d[\d,]*(\.\d+)?|\.\d+)( ?(%|[a-zA-Z]{1,3}))?"
NUMERIC = re.compile(rf"([<>≤≥] ?)?{NUMBER}( to {NUMBER}| \({NUMBER}\))?|[–—-]?")
"""A printed number with its unit, range or share; or the dash of a missing value."""
JSON = {"ensure_ascii": False, "separators": (",", ":")}


def page_path(value: object, name: str = "report") -> Path:
    """Return the path of a page, checked before the work: it can be written, and Jinja is installed."""
    path = validation.output_path(value, name)
    require_templates()
    return path


def require_templates() -> None:
    require("jinja2", "Jinja2", "evaluation", "An HTML page")


def page(
    title: str,
    body: str,
    *,
    styles: Sequence[str] = (),
    scripts: Sequence[str] = (),
    data: Mapping[str, object] | None = None,
    language: str = "en",
) -> str:
    """Return a whole page, which may run only these scripts and load nothing.

    body: what `render` returned; any other string is escaped. styles, scripts: files in web/. data: for the scripts,
    by element id.
    """
    style = "\n".join(web(name) for name in (BASE_STYLE, *styles))
    sources = [web(name) for name in scripts]
    values = {
        "language": language,
        "policy": f"style-src {_hashes([style])}; script-src {_hashes(sources)}; base-uri 'none'; form-action 'none'",
        "title": title,
        "style": style,
        "body": body,
        "data": data or {},
        "scripts": sources,
    }
    return str(render("page.html", values))


def render(template: str, values: Mapping[str, object]) -> str:
    """Return a template of web/ filled in, marked as safe to put into another. InputError if Jinja is missing."""
    from markupsafe import Markup

    made: str = Markup(_templates().get_template(template).render(values))  # noqa: S704  escaped by the template
    return made


def web(name: str) -> str:
    """Return a file of web/."""
    return resources.files("askew.charts").joinpath("web", name).read_text("utf-8")


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return a text shortened to one line, without characters that HTML forbids; it is not escaped yet."""
    return FORBIDDEN.sub("�", shorten(text, longest))


def escaped(text: str, longest: int = LONGEST) -> str:
    return html.escape(one_line(text, longest))


def isolated(text: str, longest: int = LONGEST) -> str:
    """Return escaped text that does not reorder its surroundings, whatever its writing direction."""
    return f"<bdi>{escaped(text, longest)}</bdi>"


def number(value: float, digits: int = 3) -> str:
    """Format a number: `0.316`, `−0.020`, `12,000`; a dash if it is not finite."""
    if not math.isfinite(value):
        return "–"
    shown = f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"
    return shown.replace("-", "−")


def figure_like(value: object) -> bool:
    """Return whether a table aligns the value to the right, as it does with numbers."""
    if isinstance(value, int | float):
        return not isinstance(value, bool)
    return NUMERIC.fullmatch(str(value).strip()) is not None


@lru_cache(1)
def _templates() -> Any:
    require_templates()
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    def printable(value: object) -> object:
        return FORBIDDEN.sub("�", value) if isinstance(value, str) and not isinstance(value, Markup) else value

    def safe_isolated(text: str, longest: int = LONGEST) -> object:
        return Markup(isolated(text, longest))  # noqa: S704  escaped just there

    made = Environment(
        autoescape=True,
        loader=FunctionLoader(web),
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "css_percent": lambda value: f"{value:.3f}%",
        "isolated": safe_isolated,
        "number": number,
        "one_line": one_line,
    }
    made.tests["finite"] = math.isfinite
    made.policies["json.dumps_kwargs"] = JSON
    return made


def _hashes(sources: Sequence[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() for source in sources]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
