"""Training runs: a folder beside the product, with settings, checkpoints and a log, from which a killed run continues.

A checkpoint counts only when it is whole: a file with the sizes of all the others is written last. The product appears
under its own name in one step, when the run is done, and the folder of the run is deleted.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as short
from typing import Any

from askew import files
from askew.errors import ContractError, Difference, InputError, StoreError
from askew.lock import WriteLock

SUFFIX = ".run"
"""Of the folder of a run, beside its product."""
SETTINGS, LOG, LOCK, WHOLE = "settings.json", "log.jsonl", "lock", "whole.json"
RECORD = "training.json"
"""File of a product: the settings of its run, and what came of it."""
PREFIX = "checkpoint-"
STATE = "trainer_state.json"
"""State of the trainer in each of its checkpoints."""


@dataclass(frozen=True)
class Run:
    """out: the product's folder, which does not exist yet. settings: all on which the product depends, as JSON."""

    out: Path
    settings: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        return place(self.out)

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def whole(self) -> list[Path]:
        """Return the checkpoints that are whole, oldest first."""
        found = [one for one in self.checkpoints.glob(f"{PREFIX}*") if _is_whole(one)]
        return sorted(found, key=step_of)

    def seal(self, checkpoint: Path) -> None:
        """Mark a checkpoint as whole, once all its files are on disk."""
        files.sync_tree(checkpoint)
        files.replace_text(checkpoint / WHOLE, json.dumps(_sizes(checkpoint)))
        files.sync_folder(self.checkpoints)

    def log(self, record: Mapping[str, Any]) -> None:
        """Append a record to the log."""
        files.append(self.folder / LOG, (json.dumps(record) + "\n").encode())

    def records(self) -> list[dict[str, Any]]:
        """Return the log. A record that a crash has cut off is left out, and the one that was appended to it."""
        path = self.folder / LOG
        found = []
        for line in path.read_bytes().splitlines() if path.is_file() else []:
            with suppress(ValueError):
                found.append(json.loads(line))
        return found

    def finish(self, product: Path, then: Callable[[Path], object]) -> None:
        """Move the product, a folder inside the run's, to its place, do `then` with it, and delete the run."""
        files.settle(product, self.out)
        then(self.out)
        files.discard(self.folder)


def place(out: Path) -> Path:
    """Return the folder of the run that makes `out`."""
    return out.with_name(out.name + SUFFIX)


@contextmanager
def opened(out: str | Path, settings: Mapping[str, Any]) -> Iterator[Run]:
    """Begin the run that makes the folder `out`, or continue the one that was interrupted, which has these settings.

    Raises `InputError` if `out` exists, ContractError if a run with other settings was interrupted, StoreLockedError if
    another process runs it.
    """
    run = Run(Path(out).absolute(), json.loads(json.dumps(settings)))
    if run.out.exists():
        raise _existing(run)
    _check_places(run)
    try:
        run.checkpoints.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{run.folder} cannot be created: {error.strerror or error}.") from error
    lock = WriteLock(run.folder / LOCK, 0)
    try:
        _same_settings(run)
        _clear(run)
        yield run
    finally:
        lock.release()


def step_of(checkpoint: Path) -> int:
    """Return the step at which a checkpoint was saved."""
    return int(checkpoint.name.removeprefix(PREFIX))


def state_of(checkpoint: Path) -> dict[str, Any]:
    """Return the trainer's state in a checkpoint."""
    found: dict[str, Any] = json.loads((checkpoint / STATE).read_text("utf-8"))
    return found


def _existing(run: Run) -> InputError:
    """Return what to say of a product that exists, after deleting what the run that made it has left, if it was killed
    while it tidied up.
    """
    begun = _settings_in(run.folder / SETTINGS)
    if not begun or begun != _settings_in(run.out / RECORD):
        return InputError(f"{run.out} already exists; choose another folder, or delete it first.")
    WriteLock(run.folder / LOCK, 0).release()  # or another process is tidying up now
    files.discard(run.folder)
    return InputError(
        f"{run.out} already exists: it is finished. To use it, if askew models does not list it: askew models add "
        f"{run.out}"
    )


def _settings_in(file: Path) -> object:
    """Return the settings of a run that a file holds, None if it holds none."""
    try:
        return json.loads(file.read_text("utf-8")).get("settings")
    except (OSError, ValueError, AttributeError):
        return None


def _check_places(run: Run) -> None:
    if not run.out.parent.is_dir():
        raise InputError(f"{run.out} cannot be made, because there is no folder {run.out.parent}.")
    made = {LOCK, "checkpoints"}  # all that a run killed at its very beginning has
    if (
        not (run.folder / SETTINGS).is_file()
        and run.folder.exists()
        and any(one.name not in made for one in _listed(run.folder))
    ):
        raise InputError(f"{run.folder} exists and is no training run; choose another folder for the product.")


def _listed(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"{folder} is a file; choose another folder for the product.")
    return list(folder.iterdir())


def _same_settings(run: Run) -> None:
    """Seal the settings of a new run, and compare those of an interrupted one."""
    path = run.folder / SETTINGS
    if not path.is_file():
        files.replace_text(path, json.dumps({"settings": run.settings, "seal": _seal(run.settings)}, indent=1))
        return
    try:
        told = json.loads(path.read_text("utf-8"))
        begun, seal = dict(told["settings"]), told["seal"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} cannot be read; delete {run.folder} to begin again.") from error
    if seal != _seal(begun):
        raise StoreError(f"{path} was changed since the run began; delete {run.folder} to begin again.")
    keys = [key for key in {**begun, **run.settings} if begun.get(key) != run.settings.get(key)]
    if keys:
        raise ContractError(
            f"An interrupted run in {run.folder} has other settings. Repeat its command to continue it, or delete the "
            "folder to begin again.",
            [Difference(key, short(begun.get(key)), short(run.settings.get(key))) for key in keys],
        )


def _clear(run: Run) -> None:
    """Delete the checkpoints that are not whole, and correct the paths in those of a folder that was moved."""
    for checkpoint in run.checkpoints.glob(f"{PREFIX}*"):
        if not _is_whole(checkpoint):
            shutil.rmtree(checkpoint, ignore_errors=True)
            continue
        state = state_of(checkpoint)
        best = state.get("best_model_checkpoint")
        if best and Path(best).parent != run.checkpoints:
            state["best_model_checkpoint"] = str(run.checkpoints / Path(best).name)
            files.replace_text(checkpoint / STATE, json.dumps(state))
            run.seal(checkpoint)


def _is_whole(checkpoint: Path) -> bool:
    try:
        return bool(json.loads((checkpoint / WHOLE).read_text("utf-8")) == _sizes(checkpoint))
    except (OSError, ValueError):
        return False


def _sizes(folder: Path) -> dict[str, int]:
    every = (file for file in folder.rglob("*") if file.is_file() and file.name != WHOLE)
    return {file.relative_to(folder).as_posix(): file.stat().st_size for file in sorted(every)}


def _seal(settings: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
