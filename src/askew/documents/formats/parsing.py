"""From the bytes of a file to a draft, whatever it is; every failure becomes a reason that a person can read."""

from collections.abc import Callable, Mapping
from importlib import import_module

from askew.documents.formats.draft import Draft, UnusableError, one_line

# Where the parser of each format is; a parser imports its library when it is called.
HOMES: Mapping[str, str] = {
    "pdf": "pdf",
    "docx": "word",
    "pptx": "slides",
    "xlsx": "sheets",
    "html": "html",
    "epub": "epub",
    "eml": "mail",
}
PAGED = ("pdf", "pptx", "xlsx")
MISSING = "its format needs more packages: pip install 'askew[documents]'"
LONGEST_REASON = 200


def parse(data: bytes, format: str) -> Draft:
    """UnusableError for every file of which no document can be made."""
    if not data:
        raise UnusableError("the file is empty")
    try:
        home = import_module(f"askew.documents.formats.{HOMES[format]}")
        parser: Callable[[bytes], Draft] = home.parse
        return parser(data)
    except UnusableError:
        raise
    except ModuleNotFoundError as fault:
        raise UnusableError(MISSING) from fault
    except MemoryError as fault:
        raise UnusableError("it needs too much memory") from fault
    except Exception as fault:  # a file made by others fails in more ways than anybody lists
        told = one_line(f"{type(fault).__name__}: {fault}")[:LONGEST_REASON].rstrip(".")
        raise UnusableError(f"it is broken, or no {format.upper()}: {told}") from fault
