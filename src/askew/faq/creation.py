"""Creation of the two indexes of a FAQ: in files, or in an engine under the names NAME-questions and NAME-answers."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from askew.encoders import Encoder
from askew.errors import StoreError
from askew.files import staging
from askew.index import Index, layout
from askew.paths import ANSWERS, QUESTIONS, SUFFIX
from askew.settings import IndexSettings
from askew.stores import Store, opening
from askew.validation import string

TASKS = {QUESTIONS: "duplicate-questions", ANSWERS: "question-answering"}


@dataclass(frozen=True)
class Channel:
    """What is chosen for one of the indexes; None follows from its task."""

    model: str | None
    encoder: Encoder | None = None


def models_of(both: str | None, questions: str | None, answers: str | None) -> dict[str, str | None]:
    """Return the model of each channel; None follows from its task."""
    for value, name in ((both, "model"), (questions, "question_model"), (answers, "answer_model")):
        if value is not None:
            string(value, name)
    return {QUESTIONS: both if questions is None else questions, ANSWERS: both if answers is None else answers}


def create(
    path: Path, channels: Mapping[str, Channel], precision: str | None, access: bool | None, url: str | None
) -> None:
    """Create the folder of a FAQ with both indexes. url: of the engine that holds them; None for files.

    Raises StoreError if the folder exists, or the engine has one of the two.
    """
    if path.exists():
        raise StoreError(f"{path} already exists: choose another name, or delete it first.")
    made: list[Store] = []
    try:
        with staging(path) as folder:
            for half, chosen in channels.items():
                model = chosen.model if chosen.encoder is None else None
                own = (model, None, None, precision, None, None, None, None, chosen.encoder)
                contract, _ = IndexSettings(*own, access=access, store=url).seal(TASKS[half])
                place = folder / f"{half}{SUFFIX}"
                made.append(opening.create(place, layout(contract), url, _named(path, half) if url else ""))
                if not url:
                    made.pop().close()
    except BaseException:
        for store in made:  # which no folder leads to
            with suppress(StoreError):
                store.discard()
        raise
    for store in made:
        store.close()


def attach(path: Path, url: str | None) -> None:
    """Make `path` a FAQ of pointers if it does not exist and the engine has both of its indexes."""
    if url is None or path.exists():
        return
    from askew.stores.remote import scheme_of

    scheme_of(string(url, "store"))
    there = [half for half in TASKS if opening.stored(url, _named(path, half))]
    if there and len(there) < len(TASKS):
        raise StoreError(f"The engine has {_named(path, there[0])!r} alone, which is half a FAQ: choose another name.")
    if there:
        with staging(path, keep=True) as folder:
            for half in TASKS:
                opening.attach(folder / f"{half}{SUFFIX}", url, _named(path, half))


def _named(path: Path, half: str) -> str:
    """Return the name of an index in an engine."""
    from askew.stores.remote import name_of

    return name_of(f"{path.stem}-{half}")


def check_same(
    path: Path, channels: Mapping[str, Index], models: Mapping[str, str | None], precision: str | None,
    encoder: Encoder | None, access: bool | None, store: str | None,
) -> None:  # fmt: skip
    """Raise ContractError or InputError unless both halves have these settings; None matches any."""
    for half, index in channels.items():
        own = (models[half], None, None, precision, None, None, None, None, encoder)
        IndexSettings(*own, access=access).compare(index.contract, index.contract.task)
        opening.check_place(path / f"{half}{SUFFIX}", store)
