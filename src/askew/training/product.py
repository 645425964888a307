"""Products of training: a folder that sentence-transformers loads unchanged, with a card that seals its files."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from askew import files
from askew.encoders.texts import SEGMENT
from askew.encoders.torch_model import quiet
from askew.errors import InputError
from askew.models import cards, names
from askew.models.card import UNKNOWN, Card, Tower
from askew.models.folder import layout, merge
from askew.models.folder.card import read
from askew.models.folder.merge import CARD, written
from askew.similarity import Similarity
from askew.training.recipes import Towers
from askew.training.towers import prompts_of, save_dpr, shorten, tower_folders
from askew.values import shown

HEAD = """---
library_name: sentence-transformers
pipeline_tag: {pipeline}
{facts}---
# {name}

{summary}
"""


def save(
    checkpoint: Path, folder: Path, *, base: Card, name: str, summary: str, task: str, towers: Towers | None
) -> Card:
    """Write the model of a checkpoint to a new folder, and its card, which is returned.

    The card has what is known of the base and still true, and the SHA-256 of every file that moves a vector.
    """
    from sentence_transformers import SentenceTransformer

    with quiet():
        model = SentenceTransformer(str(checkpoint), device="cpu", local_files_only=True)
        shorten(model, base.max_tokens)
        model.save_pretrained(str(folder), create_model_card=False)
    if towers is Towers.DPR:
        save_dpr(model, folder)
    return sealed(folder, _read(folder, name, base, task, towers), base=base, name=name, summary=summary, task=task)


def sealed(
    folder: Path, found: Card, *, base: Card, name: str, summary: str, task: str, pipeline: str = "sentence-similarity"
) -> Card:
    """Write the README and the card of a product, and return the card. found: what its files tell.

    pipeline: what the hub files it under.
    """
    files.replace_text(folder / layout.README, _readme(base, name, summary, pipeline))
    card = replace(
        found,
        name=name,
        summary=summary,
        tasks=(task,),
        languages=base.languages,
        licence=base.licence,
        commercial=base.commercial,
        checked=f"trained from {base.name}",
        origins={},
    )
    files.replace_text(folder / CARD, written(card))
    return card


def free_name(name: str, out: Path) -> str:
    """Return the name of a product, by default that of its folder. InputError for one that a model has."""
    if not isinstance(name, str):
        raise InputError(f"name must be a string, not {shown(name)}.")
    if not name:
        return merge.free_name(out.absolute().name, str(out.absolute()))
    if fault := names.fault(name):
        raise InputError(f"The name {name!r} {fault}.")
    if name.casefold() in map(str.casefold, cards.names()):
        raise InputError(f"There is a model {name} already. Choose another name.")
    return name


def _read(folder: Path, name: str, base: Card, task: str, towers: Towers | None) -> Card:
    """Return the card that the files of a product make."""
    places = tower_folders(folder, base, towers) if towers in (Towers.UNTIED, Towers.DPR) else {}
    found = read(folder, name)
    if not places:
        return replace(found, files=digests(folder, found.files), titles=base.titles)
    dpr = towers is Towers.DPR
    sealed = {
        str(role): Tower(digests(folder / place, layout.moving(folder / place)), folder=place)
        for role, place in places.items()
    }
    return replace(
        base,
        architecture="dpr" if dpr else base.architecture,
        pooling="cls" if dpr else base.pooling,
        normalised=not dpr and base.normalised,
        similarity=Similarity.DOT if dpr else base.similarity,
        titles=SEGMENT if dpr else base.titles,
        size_mb=2 * base.size_mb,
        verified=False,
        prompts={} if dpr else {"default": prompts_of(base, task)},
        modules=() if dpr else base.modules,
        towers=sealed,
        files={},
        root="",
        dims=(),
        hub=None,
        package=None,
        folder="",
        golden=(),
        scores=(),
    )


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of files in a folder, by name."""
    found = {}
    for name in names:
        with (folder / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _readme(base: Card, name: str, summary: str, pipeline: str) -> str:
    """Return the README of a product. No text of the training data is in it."""
    return HEAD.format(pipeline=pipeline, facts=_facts(base), name=name, summary=summary)


def _facts(base: Card) -> str:
    """Return what the head of a README tells of a model."""
    lines = [f"license: {base.licence.lower()}\n"] if base.licence != UNKNOWN else []
    if codes := [code for code in base.languages if code.isalpha() and code not in (UNKNOWN, "any")]:
        lines.append("language:\n" + "".join(f"- {code}\n" for code in codes))
    return "".join(lines)
