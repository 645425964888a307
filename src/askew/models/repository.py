"""Repositories of the hub as models: pulled, compared with the hub's own hashes, and read like a folder."""

import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from askew import files, paths
from askew.errors import InputError, ModelError
from askew.models import hub, own, pull
from askew.models.card import Card, Hub, UnreachableError
from askew.models.folder import layout, merge
from askew.models.folder.card import read as read_folder
from askew.models.hub import Stated
from askew.models.names import REPOSITORY, REVISION
from askew.progress import Progress, Report, silent

PAGES = "https://huggingface.co/"
"""Where the hub shows its models: an address is taken for an id."""
SMALL = 64 << 20
"""Bytes of a file other than weights."""


def obtained(model: str, revision: str = "main", report: Report = silent, check: own.Check = own.accepted) -> Card:
    """Download a model by the name of its card, or a model of the hub by its id; return its card.

    revision: branch, tag or commit of a model that has no built-in card. check: as in `take`.
    """
    model = model.removeprefix(PAGES).rstrip("/")
    card = own.known(model)
    if card is not None and (revision == "main" or not card.origins):
        if revision != "main":
            raise InputError(f"{card.name} has a revision on its card. --revision is for other models of the hub.")
        pull.pull(card, report)
        return card
    return take(card.hub.repository if card and card.hub else model, revision, report, check)


def take(repository: str, revision: str = "main", report: Report = silent, check: own.Check = own.accepted) -> Card:
    """Download a model of the hub, and save its card among the user's own.

    Every file is compared with the hash that the hub states for the commit that the revision is now; the card keeps
    this commit and the SHA-256 of each file. `ModelError` if anything differs, or askew cannot run the model. check: is
    given the card before it is saved, and raises an error if it must not be.
    """
    if not REPOSITORY.fullmatch(repository) or not REVISION.fullmatch(revision):
        raise ModelError(f"{repository} at {revision} is no model of the hub. Its id is the organisation / the name.")
    home = paths.cache() / "models"
    home.mkdir(parents=True, exist_ok=True)
    try:
        files.sweep(home, files.DAY, f".hub-*{files.HIDDEN}")  # of downloads that were killed
        with tempfile.TemporaryDirectory(prefix=".hub-", suffix=files.HIDDEN, dir=home) as place:
            return _checked(_taken(repository, revision, Path(place), report), Path(place), check)
    except UnreachableError as error:
        raise ModelError(
            f"{repository} could not be downloaded: {error}.",
            ("Without the hub, copy its files into a folder, and pass the folder: --model FOLDER",),
        ) from error


def _checked(card: Card, place: Path, check: own.Check) -> Card:
    """Keep the files and save the card, unless it does not pass the check; files that were here before stay."""
    home = pull.home(card)
    known = pull.whole(card, home)
    if not known:
        _keep(card, place, home)
    try:
        check(card)
    except Exception:
        if not known:
            files.discard(home)
        raise
    own.save(card)
    return card


def _taken(repository: str, revision: str, place: Path, report: Report) -> Card:
    commit = hub.commit(repository, revision)
    told = hub.stated(repository, commit)
    known: dict[str, str] = {}
    facts = [name for name in told if name.rpartition("/")[2] in layout.FACTS or name == layout.README]
    indices = (layout.SHARDS, layout.PICKLED_SHARDS)
    _fetch(repository, commit, told, [*facts, *(n for n in told if n.rpartition("/")[2] in indices)], place, known)
    wanted = [name for name in layout.moving(place, told) if name not in known]
    for done, name in enumerate(wanted):
        report(Progress("files from the hub", done, len(wanted)))
        _fetch(repository, commit, told, [name], place, known)
    found = read_folder(place, merge.free_name(repository.rpartition("/")[2], repository), repository)
    return replace(
        found,
        files={name: known[name] for name in found.files},
        hub=Hub(repository, commit),
        origins={**found.origins, "files": f"the hub's hashes at {commit[:12]}"},
    )


def _fetch(
    repository: str,
    commit: str,
    told: Mapping[str, Stated],
    wanted: Collection[str],
    place: Path,
    known: dict[str, str],
) -> None:
    """Download files and compare each with what the hub states of it; note its SHA-256 in `known`."""
    for name in wanted:
        if name not in told:
            raise ModelError(f"{repository} lacks {name} at the commit {commit}.")
        if told[name].size > SMALL and not name.endswith(pull.WEIGHTS):
            raise ModelError(f"{repository}: {name} is larger than any tokenizer or configuration.")
        hub.download(repository, commit, name, place)
        known[name] = hub.compare(repository, name, place / name, told[name])


def _keep(card: Card, place: Path, home: Path) -> None:
    """Move the files to where `pull.find` looks for them."""
    files.discard(home)
    with files.staging(home, keep=True) as made:
        for name in card.files:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(place / name, made / name)  # within the cache
        pull.note(card, made)
