"""The page at `/`: static files that ask the same API as every other client, and nothing else.

They are the same for everyone and tell nothing of what is stored, so that they need no key. A strict content security
policy keeps whatever a stored text holds from acting: no script but these files, no style, no other host.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from askew.server.errors import NotFoundError

FOLDER = Path(__file__).parents[1] / "web"
START = "index.html"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # asked for each time and answered by 304, so that no two versions are mixed
}
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class PageFile:
    """A file of the page. tag: its ETag, made from its bytes."""

    content: bytes
    type: str
    tag: str


@cache
def files() -> Mapping[str, PageFile]:
    """Return the files of the page by name."""
    found = {path.name: path for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}
    return {name: _read(path) for name, path in found.items()}


@router.api_route("/", methods=["GET", "HEAD"])
async def start(request: Request) -> Response:
    """Return the page."""
    return _answer(request, START)


@router.api_route("/web/{name}", methods=["GET", "HEAD"])
async def file(name: str, request: Request) -> Response:
    """Return a file of the page."""
    return _answer(request, name)


def _answer(request: Request, name: str) -> Response:
    found = files().get(name)
    if found is None:
        raise NotFoundError("The page has no such file.")
    headers = {**HEADERS, "ETag": found.tag}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if found.tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    body = b"" if request.method == "HEAD" else found.content
    return Response(body, headers={**headers, "Content-Length": str(len(found.content))}, media_type=found.type)


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    return PageFile(content, TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')
