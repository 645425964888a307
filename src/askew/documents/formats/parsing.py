"""The parser registry, and dispatch by format; every failure becomes a readable reason."""

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from askew.documents.formats.draft import Draft, Grid, Grids, UnusableError, one_line
from askew.documents.names import has_text
from askew.documents.tables import grid_table

# The module of each format's parser, and its function unless it is `parse`; a parser imports its library on first use.
HOMES: Mapping[str, str] = {
    "pdf": "pdf.document",
    "docx": "office.word",
    "pptx": "office.slides",
    "xlsx": "office.sheets",
    "xls": "office.sheets",
    "ods": "office.sheets",
    "odt": "office.odf",
    "odp": "office.odf",
    "html": "web.html",
    "epub": "web.epub",
    "mht": "mail.message:parse_mhtml",
    "eml": "mail.message",
    "mbox": "mail.message:parse_mbox",
    "msg": "mail.outlook",
    "parquet": "parquet",
}
# The modules of formats that are text, whose parsers need no sandbox.
PLAIN: Mapping[str, str] = {"txt": "text", "md": "markdown"}
PAGED = ("pdf", "pptx", "xlsx", "xls", "ods", "odp")
MISSING = "format needs extra packages: pip install 'askew[{}]'"
FIRST = 60
"""Rows of a sheet in which a header is looked for."""
LONGEST_REASON = 200
NO_MEMORY = re.compile(r"out of memory|memory allocation|allocate memory|std::bad_alloc", re.IGNORECASE)
"""How libraries in C say that they got no memory, where they do not raise MemoryError."""


def too_much_memory(limit: int) -> str:
    return f"parsing needs more than the limit of {limit >> 20:,} MiB of memory"


def parse(data: bytes, format: str, encoding: str | None = None) -> Draft:
    """Parse a file. Raises UnusableError on any failure but MemoryError, whose limit the caller knows.

    encoding: of a format in PLAIN; None detects it.
    """
    found: Draft = _run(data, format, "parse", *([encoding] if format in PLAIN else []))
    return found


def grids(data: bytes, format: str) -> Grids:
    """Return the rows of a workbook or a Parquet file. Raises as `parse` does."""
    found: Grids = _run(data, format, "grids")
    return found


def is_table(grid: Grid) -> bool:
    """Return whether a sheet has a header with a column that is known to hold text."""
    try:
        return has_text(grid_table(replace(grid, rows=grid.rows[:FIRST])).names)
    except UnusableError:
        return False


def _run(data: bytes, format: str, function: str, *more: Any) -> Any:
    if not data:
        raise UnusableError("empty file")
    try:
        home, _, own = (HOMES.get(format) or PLAIN[format]).partition(":")
        module = import_module(f"askew.documents.formats.{home}")
        return getattr(module, own if own and function == "parse" else function)(data, *more)
    except UnusableError:
        raise
    except ModuleNotFoundError as error:
        raise UnusableError(MISSING.format("parquet" if format == "parquet" else "documents")) from error
    except MemoryError:
        raise
    except Exception as error:  # third-party files can fail in any way
        detail = one_line(f"{type(error).__name__}: {error}")[:LONGEST_REASON].rstrip(".")
        if NO_MEMORY.search(detail):
            raise MemoryError from error
        raise UnusableError(f"damaged, or not {format.upper()}: {detail}") from error
