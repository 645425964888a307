"""Portable names: what a file of a model, a model, a package or a repository may be called.

Cards, hubs and archives come from elsewhere. A name that passes here means the same on every system, stays inside the
folder that it is relative to, and can be printed.
"""

import re
from pathlib import Path, PurePosixPath

LONGEST = 120
"""Bytes of one part of a name in UTF-8: file systems allow 255, and askew appends its own suffixes."""
DEEPEST = 8
"""Parts of a file's name."""
FORBIDDEN = frozenset('<>:"|?*\\/')
RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{device}{n}" for device in ("com", "lpt") for n in (*range(10), "¹", "²", "³"))}
)
"""Names that are devices on Windows, with any suffix."""
PACKAGE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]{0,98}")
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
REVISION = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95}){0,4}", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")


def fault(name: str) -> str:
    """Return what is wrong with one part of a file's name, or with a model's name, as the end of a sentence; "" if
    nothing is.
    """
    if not name:
        return "is empty"
    if name in (".", ".."):
        return "leads out of its folder"
    if not name.isprintable():
        return "contains a control character"
    if bad := sorted(FORBIDDEN & set(name)):
        return f"contains {bad[0]}"
    if name[0] in ".-~ " or name[-1] in ". ":
        return "starts with a dot, dash, tilde or space, or ends with a dot or space"
    if name.partition(".")[0].rstrip().casefold() in RESERVED:
        return "is reserved on Windows"
    if len(name.encode("utf-8", "replace")) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    return ""


def path_fault(name: str) -> str:
    """Return what is wrong with a file's name relative to its folder, subfolders included; "" if nothing is."""
    parts = name.split("/")
    if len(parts) > DEEPEST:
        return f"has more than {DEEPEST} parts"
    return next((found for found in map(fault, parts) if found), "")


def clashes(names: list[str]) -> str:
    """Return a name that is also a folder of another one, or that equals another one but for upper and lower case; ""
    if there is none.
    """
    seen: set[str] = set()
    for name in sorted(names, key=len):
        folded = PurePosixPath(name.casefold())
        if seen & {str(folded), *map(str, folded.parents)}:
            return name
        seen.add(str(folded))
    return ""


def place(folder: Path, name: str) -> Path:
    """Return the path of a file in a folder. ValueError if the name could lead out of it."""
    if found := path_fault(name):
        raise ValueError(f"The file name {name!r} {found}.")
    return folder.joinpath(*name.split("/"))
