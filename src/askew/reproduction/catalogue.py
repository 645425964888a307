"""Catalogue of data sets with published scores."""

import re
import tomllib
from dataclasses import dataclass
from importlib import resources

from askew.errors import UnknownNameError
from askew.models.cards import Card, Score
from askew.models.strict import build

RETRIEVAL, SIMILARITY = "retrieval", "similarity"
OTHER = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True)
class Published:
    """A data set with published scores.

    name, measure: as in the scores of cards. texts, queries: their numbers in the published evaluation; texts are
    documents or pairs. folders: names of folders or zip files with the set, as `plain` returns them. parts: files of a
    SemEval year that count. drop_identical: a document with the query's id is not an answer.
    """

    name: str
    kind: str
    measure: str
    folders: tuple[str, ...]
    texts: int
    source: str
    queries: int = 0
    parts: tuple[str, ...] = ()
    drop_identical: bool = False


@dataclass(frozen=True)
class _Catalogue:
    sets: tuple[Published, ...]


def catalogue() -> tuple[Published, ...]:
    text = resources.files("askew.reproduction").joinpath("sets.toml").read_text("utf-8")
    return build(_Catalogue, tomllib.loads(text), "the catalogue of sets").sets


def get(name: str) -> Published:
    """Return a set by its name or a folder name, ignoring case and punctuation."""
    for known in catalogue():
        if plain(name) in (plain(known.name), *known.folders):
            return known
    raise UnknownNameError("set", name, [known.name for known in catalogue()])


def plain(name: str) -> str:
    """Return lower-case letters and digits only."""
    return OTHER.sub("", name.casefold())


def figures(card: Card, published: Published) -> list[Score]:
    """Return the published figure of a model on a set, at most one."""
    return [score for score in card.scores if (score.set, score.measure) == (published.name, published.measure)][:1]
