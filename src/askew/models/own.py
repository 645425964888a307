"""Models of the user's own: a folder in the hub's layout, a card in TOML, or a repository of the hub.

What reads a folder is imported where it is used: every search resolves a name, and hardly any reads a folder.
"""

from collections.abc import Callable
from pathlib import Path

from askew import files, paths
from askew.errors import InputError
from askew.models import cards, names, pull
from askew.models.card import Card

Check = Callable[[Card], None]


def resolve(model: str) -> Card:
    """Return a card by name, by the path of a card or folder, or by its id on the hub.

    The card of a path is saved among the user's own.
    """
    if model in cards.names():
        return cards.get(model)
    if _is_place(Path(model)):
        return add(Path(model))
    if _is_file(Path(model)):
        raise InputError(f"{model} is a file. Name the folder that holds it: config.json and tokenizer.json count too.")
    if model.startswith((".", "/", "~")):
        raise InputError(f"There is no folder {model}.")
    if (card := known(model)) is not None:
        return card
    raise InputError(
        f"The model {model} is not on this machine, and there is no such folder. "
        f"Download it with: askew models pull {model}"
    )


def known(model: str) -> Card | None:
    """Return the card of a name, or of a repository of the hub; None if a repository has no card yet."""
    if not (model.count("/") == 1 and names.REPOSITORY.fullmatch(model)):
        return cards.get(model)
    every = sorted(cards.names(), key=lambda name: (name in cards.built_in(), name))
    found = (card for card in map(cards.get, every) if card.hub)
    return next((card for card in found if card.hub and card.hub.repository.casefold() == model.casefold()), None)


def shown(model: str) -> Card:
    """Return a card as `resolve` does, without saving it."""
    if model in cards.names() or not _is_place(Path(model)):
        return resolve(model)
    from askew.models.folder.merge import read

    return read(Path(model))


def _is_place(path: Path) -> bool:
    try:
        return path.suffix == ".toml" or path.is_dir()
    except (OSError, ValueError):  # no path can be so
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def accepted(card: Card) -> None:
    """Accept a card without running its model."""


def add(path: Path, name: str = "", check: Check = accepted) -> Card:
    """Read a model, check that its files exist and that askew can run it, and save its card under its name.

    name: instead of its own, such as that of a folder that was moved. check: is given the card before it is saved, and
    raises an error if it must not be.
    """
    from askew.models.folder.merge import read

    card = read(path, name)
    if card.name.casefold() in map(str.casefold, cards.built_in()):  # on many file systems the same file
        raise InputError(f"The card {path} uses the name of a built-in model: {card.name}. Choose another name.")
    for one in card.members:
        for part, tower in one.parts.items():
            if tower.folder:
                pull.find(one, part)
    check(card)
    save(card)
    return card


def save(card: Card) -> None:
    """Write a card among the user's own."""
    from askew.models.folder.merge import written

    home = paths.own_cards()
    home.mkdir(parents=True, exist_ok=True)
    files.replace_text(home / f"{card.name}.toml", written(card))


def remove(name: str) -> None:
    """Delete one of the user's cards; its weights stay where they are."""
    file = paths.own_cards() / f"{name}.toml"
    if name not in cards.names() or not file.is_file():  # a name could lead out of the folder
        raise InputError(f"You have no card named {name!r}. List your models with: askew models list")
    file.unlink()
