"""Libraries that come with an extra."""

from importlib.util import find_spec

from askew.errors import InputError


def need(module: str, library: str, extra: str, what: str) -> None:
    """InputError with the line that installs it, where it is missing; it is not imported yet."""
    if not _there(module):
        raise InputError(f"{what} needs {library}: pip install 'askew[{extra}]'.")


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # somebody has put None in its place
        return False
