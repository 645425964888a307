"""Where a FAQ lies: a folder with one index for each channel. Cheap to ask, as every search asks first."""

from pathlib import Path

from askew.errors import InputError
from askew.index import SUFFIX, folder

QUESTIONS = "questions"
ANSWERS = "answers"


def is_faq(name: str | Path) -> bool:
    return (folder(name) / f"{ANSWERS}{SUFFIX}").is_dir()


def refuse(name: str | Path) -> None:
    """For what is done to one index only."""
    if is_faq(name):
        path = folder(name)
        raise InputError(
            f"{path} is a FAQ: ask it with `askew faq {name} MESSAGE`. Its halves, {path / QUESTIONS} and "
            f"{path / ANSWERS}, are indexes like any other."
        )
