"""Libraries that come with an extra."""

from importlib.util import find_spec

from askew.errors import InputError


def need(module: str, library: str, extra: str, what: str) -> None:
    """InputError with the line that installs it, where it is missing; it is not imported yet."""
    if find_spec(module) is None:
        raise InputError(f"{what} needs {library}: pip install 'askew[{extra}]'.")
