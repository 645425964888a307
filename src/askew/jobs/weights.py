"""Weights on their way to workers: sent once per node where they are lacking, and verified when they arrive.

A worker that has a model in its own cache uses it. Otherwise the driver sends the files that the model's card lists,
and the worker puts them where a download would have put them, in a folder named by their hashes. Nothing is downloaded.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from askew import files, paths
from askew.errors import ModelError
from askew.jobs.cluster import RayCluster, Ref
from askew.lock import waited
from askew.models import names, pull
from askew.models.card import Card, Tower

PIECE = 32 << 20
"""Bytes of a file that are sent as one object."""


@dataclass(frozen=True)
class SentFile:
    """sha256: of the whole file. pieces: references to its bytes, in order."""

    sha256: str
    pieces: Sequence[Ref]


@dataclass(frozen=True)
class SentWeights:
    """files: of each set of weights, by the key of `_towers` and then by name."""

    files: Mapping[str, Mapping[str, SentFile]]


def send(cluster: RayCluster, card: Card) -> SentWeights:
    """Copy the files of a model into the cluster."""
    sent = {}
    for key, member, part, _ in _towers(card):
        folder, hashes = pull.find(member, part), pull.hashes(member, part)
        sent[key] = {
            name: SentFile(digest, [cluster.put(piece) for piece in _pieces(folder / name)])
            for name, digest in hashes.items()
        }
    return SentWeights(sent)


def hashes(card: Card) -> dict[str, Mapping[str, str]]:
    """Return the SHA-256 of every file of a model, by the key of `_towers`, as they are on this machine."""
    return {key: pull.hashes(member, part) for key, member, part, _ in _towers(card)}


def placed(card: Card, wanted: Mapping[str, Mapping[str, str]], sent: SentWeights | None) -> Card | None:
    """Return the card with its files on this worker; None if some are lacking and were not sent.

    wanted: the hashes that the files have at the driver.
    """
    folders = {}
    for key, member, part, tower in _towers(card):
        place = _place(member, part, tower, wanted[key])
        if not _there(member, part, tower, place, wanted[key]):
            if sent is None:
                return None
            _store(member, part, place, sent.files[key])
        folders[key] = place
    return _moved(card, folders)


def _towers(card: Card) -> Iterator[tuple[str, Card, str, Tower]]:
    """Yield every set of weights: its key, the card that lists it, its part and itself."""
    for number, member in enumerate(card.members):
        for part, tower in member.parts.items():
            yield f"{number} {part}", member, part, tower


def _place(card: Card, part: str, tower: Tower, wanted: Mapping[str, str]) -> Path:
    """Return the folder for the files on this worker: for a folder of the user's, itself if it is here and the same."""
    if not tower.folder:
        return pull.home(card, part)
    own = Path(tower.folder)
    if all(_same(own, name, digest) for name, digest in wanted.items()):
        return own
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    return paths.cache() / "models" / "sent" / digest[:32]


def _there(card: Card, part: str, tower: Tower, place: Path, wanted: Mapping[str, str]) -> bool:
    if tower.folder:
        return all(_same(place, name, digest) for name, digest in wanted.items())
    return pull.whole(card, place, part)


def _same(folder: Path, name: str, digest: str) -> bool:
    try:
        with names.place(folder, name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except (OSError, ValueError):
        return False


def _store(card: Card, part: str, place: Path, sent: Mapping[str, SentFile]) -> None:
    """Write what was sent, once for all workers of a node, verified."""
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = waited(place.parent / f"{place.name}.lock")
    try:
        if all(_same(place, name, file.sha256) for name, file in sent.items()):
            return  # another worker of this node was faster
        files.discard(place)
        with files.staging(place) as folder:
            for name, file in sent.items():
                _write(card, names.place(folder, name), file)
            if not card.parts[part].folder:
                pull.note(card, folder, part)
    finally:
        lock.release()


def _write(card: Card, path: Path, sent: SentFile) -> None:
    import ray

    path.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    with path.open("xb") as file:
        for piece in sent.pieces:
            data: Any = ray.get(piece)
            found.update(data)
            file.write(data)
    if found.hexdigest() != sent.sha256:
        raise ModelError(
            f"{card.name}: {path.name} did not arrive as it was sent.",
            (f"  expected SHA-256 {sent.sha256}", f"  found    SHA-256 {found.hexdigest()}"),
        )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _moved(card: Card, folders: Mapping[str, Path]) -> Card:
    """Return the card with the user's own folders replaced by those on this worker."""

    def member(number: int, one: Card) -> Card:
        if one.towers:
            towers = {part: _in(tower, folders[f"{number} {part}"]) for part, tower in one.towers.items()}
            return replace(one, towers=towers)
        return replace(one, folder=str(folders[f"{number} both"])) if one.folder else one

    if card.sides:
        documents, queries = (member(number, one) for number, one in enumerate(card.members))
        return replace(card, documents=documents, queries=queries)
    return member(0, card)


def _in(tower: Tower, folder: Path) -> Tower:
    return replace(tower, folder=str(folder)) if tower.folder else tower
