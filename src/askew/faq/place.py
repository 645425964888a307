"""Folder layout of a FAQ: one index per channel. The check is cheap because every search makes it."""

from pathlib import Path

from askew.errors import InputError
from askew.index import SUFFIX, folder

QUESTIONS = "questions"
ANSWERS = "answers"


def is_faq(name: str | Path) -> bool:
    return (folder(name) / f"{ANSWERS}{SUFFIX}").is_dir()


def refuse(name: str | Path) -> None:
    """Raise `InputError` if this is a FAQ, for commands that only work on one index."""
    if is_faq(name):
        path = folder(name)
        raise InputError(
            f"{path} is a FAQ: search it with `askew faq {name} MESSAGE`, or use one of its indexes, "
            f"{path / QUESTIONS} or {path / ANSWERS}."
        )
