"""Files of a model's folder: its settings, its modules, and which of its files move a vector.

The layout is that of sentence-transformers and transformers. A setting that cannot be read is an error: what a folder
says is never passed over.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as short
from typing import Any

from askew.errors import ModelError
from askew.models import names
from askew.models.weight_headers import entries

CONFIG, MODULES, ADAPTER, ROUTER = "config.json", "modules.json", "adapter_config.json", "router_config.json"
SETTINGS = "config_sentence_transformers.json"
TOKENIZER, TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"
README = "README.md"
METADATA = "artifact.metadata"
"""Settings of the original ColBERT."""
SENTENCE = tuple(
    f"sentence_{kind}_config.json" for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta")
)
"""Settings of the transformer; older releases named the file after the family."""
FACTS = (CONFIG, MODULES, SETTINGS, ADAPTER, ROUTER, METADATA, TOKENIZER_CONFIG, *SENTENCE)
"""Files of which a card is made."""
VOCABULARIES = (TOKENIZER, "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
MOVING = frozenset((*FACTS, *VOCABULARIES, "merges.txt", "special_tokens_map.json", "added_tokens.json"))
"""Names of the files that move a vector, besides the weights."""
WEIGHTS, SHARDS = "model.safetensors", "model.safetensors.index.json"
PICKLED, PICKLED_SHARDS = "pytorch_model.bin", "pytorch_model.bin.index.json"
LARGEST = 1 << 22
"""Bytes of a settings file."""
POINTER = b"version https://git-lfs.github.com/spec/"
"""Beginning of a file that Git LFS puts in place of a large one; it takes a few lines."""
LARGEST_POINTER = 1024
NAMED = 5
"""Models that an error names."""
MOST = 64
"""Modules of a model, and shards of its weights are at most this many squared."""


@dataclass(frozen=True)
class Part:
    """A module that modules.json names: its class, and the folder of its files, "" for the model's own."""

    kind: str
    folder: str

    @property
    def name(self) -> str:
        """Return the name of the class without its package."""
        return self.kind.rpartition(".")[2]

    @property
    def foreign(self) -> bool:
        """Return whether the class does not belong to sentence-transformers."""
        return not self.kind.startswith("sentence_transformers.")


def settings(folder: Path, name: str) -> Mapping[str, Any]:
    """Return the object in a JSON file; empty if there is no such file."""
    found = _json(folder, name)
    if not isinstance(found, dict):
        raise ModelError(f"{folder / name} must hold a JSON object.")
    return found


def parts(folder: Path) -> list[Part]:
    """Return the modules in their order; a folder without modules.json has none."""
    found = _json(folder, MODULES, [])
    if not isinstance(found, list) or len(found) > MOST:
        raise ModelError(f"{folder / MODULES} is no list of modules.")
    called = [str(entry["name"]) for entry in found if isinstance(entry, dict) and "name" in entry]
    if twice := next((name for name in called if called.count(name) > 1), ""):
        raise ModelError(
            f"{folder / MODULES} has two modules of the name {twice[:40]!r}; only one of them would be loaded."
        )
    return [_part(folder / MODULES, entry) for entry in found]


def routes(folder: Path, part: Part) -> Mapping[str, list[Part]]:
    """Return the modules of each route of a router."""
    file = inside(part.folder, ROUTER)
    told = settings(folder, file)
    kinds, structure = told.get("types"), told.get("structure")
    if not (isinstance(kinds, dict) and isinstance(structure, dict)):
        raise ModelError(f"{folder / file} names no modules.")
    found = {}
    for route, places in structure.items():
        if not (isinstance(places, list) and all(isinstance(kinds.get(place), str) for place in places)):
            raise ModelError(f"{folder / file} names no modules for {short(route)}.")
        found[str(route)] = [
            _part(folder / file, {"type": kinds[place], "path": inside(part.folder, place)}) for place in places
        ]
    return found


def moving(folder: Path, available: Collection[str] | None = None) -> list[str]:
    """Return the files that move a vector, relative to the folder.

    available: what there is, by default the files of the folder; those of which a card is made must lie in the folder.
    """
    there = set(listing(folder) if available is None else available)
    found = [name for name in ("", *folders(folder)) for name in _moving(folder, name, there)]
    return sorted(dict.fromkeys(found))


def folders(folder: Path) -> list[str]:
    """Return the subfolders that the modules name."""
    found = []
    for part in parts(folder):
        found.append(part.folder)
        if part.name in ("Router", "Asym") and (folder / inside(part.folder, ROUTER)).is_file():
            found += [inner.folder for inners in routes(folder, part).values() for inner in inners]
    return [name for name in dict.fromkeys(found) if name]


def listing(folder: Path) -> Iterator[str]:
    """Yield the files of the folder and of its modules."""
    for name in ("", *folders(folder)):
        home = folder / name
        if home.is_dir():
            yield from (inside(name, file.name) for file in home.iterdir() if file.is_file())


def is_pointer(file: Path) -> bool:
    """Return whether a file only points to the one that Git LFS keeps elsewhere."""
    if file.stat().st_size > LARGEST_POINTER:
        return False
    with file.open("rb") as source:
        return source.read(len(POINTER)) == POINTER


def models_inside(folder: Path) -> list[str]:
    """Return subfolders that hold a model, a few of them: checkpoints of a training, snapshots of the hub's cache."""
    files = [file for name in (CONFIG, MODULES) for depth in ("*", "*/*") for file in folder.glob(f"{depth}/{name}")]
    places = sorted({file.parent for file in files if file.name == MODULES or (file.parent / TOKENIZER).is_file()})
    return [str(place) for place in places[:NAMED]]


def inside(folder: str, name: str) -> str:
    """Return the path of a file in a subfolder, "" for the folder itself."""
    return f"{folder}/{name}" if folder else name


def weights(folder: Path, at: str, available: Collection[str]) -> list[str]:
    """Return the files of weights in a subfolder that are loaded: one, or a list of shards and the shards. The order is
    that of transformers.
    """
    for whole, index in ((WEIGHTS, SHARDS), (PICKLED, PICKLED_SHARDS)):
        if inside(at, whole) in available:
            return [inside(at, whole)]
        if inside(at, index) in available:
            return [inside(at, index), *(inside(at, shard) for shard in _shards(folder, inside(at, index)))]
    return []


def shapes(file: Path) -> Mapping[str, tuple[int, ...]]:
    """Return the shape of each tensor that the header of a safetensors file names."""
    return {name: entry.shape for name, entry in entries(file).items()}


def _moving(folder: Path, at: str, available: Collection[str]) -> list[str]:
    named = [name for name in available if name.rpartition("/")[0] == at and name.rpartition("/")[2] in MOVING]
    return [*named, *weights(folder, at, available)]


def _shards(folder: Path, index: str) -> list[str]:
    mapped = settings(folder, index).get("weight_map") if (folder / index).is_file() else {}
    if not isinstance(mapped, dict) or ((folder / index).is_file() and not mapped):
        raise ModelError(f"{folder / index} names no shards (weight_map).")
    shards = list(dict.fromkeys(mapped.values()))
    if not all(isinstance(shard, str) and not names.path_fault(shard) for shard in shards) or len(shards) > MOST**2:
        raise ModelError(f"{folder / index} names shards that lead out of the folder, or too many.")
    return shards


def _part(file: Path, entry: object) -> Part:
    fields = entry if isinstance(entry, dict) else {}
    kind, at = fields.get("type"), fields.get("path")
    if not isinstance(kind, str) or not isinstance(at, str):
        raise ModelError(f"{file} names the module {short(kind)} in the folder {short(at)}: both must be texts.")
    if at and names.path_fault(at.rstrip("/")):
        raise ModelError(f"{file} names the folder {short(at)}, which leads out of the model's.")
    return Part(kind, at.rstrip("/"))


def _json(folder: Path, name: str, missing: object = None) -> object:
    try:
        with (folder / name).open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST >> 20} MB")
        return json.loads(content)
    except FileNotFoundError:
        return {} if missing is None else missing
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"Cannot read {folder / name}: {error or type(error).__name__}.") from error
