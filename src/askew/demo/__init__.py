"""The texts of `askew demo`: a made-up company's staff handbook, questions, and its customers' questions.

They were reworded until all-MiniLM-L6-v2 got them right: they show how askew works, and measure nothing.
"""

import csv
import json
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from askew.documents.read import read
from askew.errors import InputError
from askew.types import Document


@dataclass(frozen=True)
class Question:
    """`answer` is a sentence of the page `document`."""

    id: str
    text: str
    document: str
    answer: str


def handbook() -> list[Document]:
    """The pages, by file name; the first heading of each is its title."""
    with resources.as_file(_folder()) as folder:
        return read([folder / "handbook"]).documents


def write_files(folder: Path) -> list[Path]:
    """Write one file each of the formats that people use to a new folder: the papers of a boat club."""
    if folder.exists():
        raise InputError(f"{folder} already exists; name a new folder.")
    folder.mkdir(parents=True)
    made = []
    for source in sorted(_folder().joinpath("files").iterdir(), key=lambda one: one.name):
        made.append(folder / source.name)
        made[-1].write_bytes(source.read_bytes())
    return made


def questions() -> list[Question]:
    lines = _folder().joinpath("questions.jsonl").read_text("utf-8").splitlines()
    return [Question(**json.loads(line)) for line in lines]


def support() -> list[Document]:
    return [Document(row["id"], row["question"]) for row in _rows("support.csv")]


def support_truth() -> dict[tuple[str, str], str]:
    """Which pairs of support questions were planted: paraphrase, or the kind of trap."""
    return {(row["a"], row["b"]): row["kind"] for row in _rows("support_truth.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_folder().joinpath(name).read_text("utf-8").splitlines()))


def _folder() -> Traversable:
    return resources.files("askew.demo")
