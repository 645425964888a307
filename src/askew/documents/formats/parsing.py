"""The parser registry, and dispatch by format; every failure becomes a readable reason."""

import re
from collections.abc import Callable, Mapping
from importlib import import_module

from askew.documents.formats.draft import Draft, UnusableError, one_line

# The module of each format's parser, and its function unless it is `parse`; a parser imports its library on first use.
HOMES: Mapping[str, str] = {
    "pdf": "pdf",
    "docx": "word",
    "pptx": "slides",
    "xlsx": "sheets",
    "xls": "sheets",
    "ods": "sheets",
    "odt": "odf",
    "odp": "odf",
    "html": "html",
    "epub": "epub",
    "mht": "mail:parse_mhtml",
    "eml": "mail",
    "mbox": "mail:parse_mbox",
    "msg": "outlook",
}
# The modules of formats that are text, whose parsers need no sandbox.
PLAIN: Mapping[str, str] = {"txt": "text", "md": "markdown"}
PAGED = ("pdf", "pptx", "xlsx", "xls", "ods", "odp")
MISSING = "format needs extra packages: pip install 'askew[documents]'"
LONGEST_REASON = 200
NO_MEMORY = re.compile(r"out of memory|memory allocation|allocate memory|std::bad_alloc", re.IGNORECASE)
"""How libraries in C say that they got no memory, where they do not raise MemoryError."""


def too_much_memory(limit: int) -> str:
    return f"parsing needs more than the limit of {limit >> 20:,} MiB of memory"


def parse(data: bytes, format: str) -> Draft:
    """Parse a file. Raises UnusableError on any failure but MemoryError, whose limit the caller knows."""
    if not data:
        raise UnusableError("empty file")
    try:
        home, _, name = (HOMES.get(format) or PLAIN[format]).partition(":")
        parser: Callable[[bytes], Draft] = getattr(import_module(f"askew.documents.formats.{home}"), name or "parse")
        return parser(data)
    except UnusableError:
        raise
    except ModuleNotFoundError as error:
        raise UnusableError(MISSING) from error
    except MemoryError:
        raise
    except Exception as error:  # third-party files can fail in any way
        detail = one_line(f"{type(error).__name__}: {error}")[:LONGEST_REASON].rstrip(".")
        if NO_MEMORY.search(detail):
            raise MemoryError from error
        raise UnusableError(f"damaged, or not {format.upper()}: {detail}") from error
