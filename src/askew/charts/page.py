"""A page of HTML in one file. It reaches for nothing outside: its own policy forbids the browser to.

Texts come as data, never as markup: what `data` holds is JSON in which no tag can end or begin, and a script of the
page is to show it with `textContent`. The policy lets run only the scripts that are given here, known by their hash.
"""

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from importlib import resources

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
