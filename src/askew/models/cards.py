"""Model cards: everything known about a model, in strictly validated TOML. Nothing is inferred from a name."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from askew import paths
from askew.errors import InputError, UnknownNameError
from askew.models import names as portable
from askew.models.strict import build
from askew.similarity import Similarity
from askew.types import Role

LARGEST_CARD = 1 << 20
"""Bytes of a card's file."""
NOTED = "sha256.json"
"""File beside downloaded weights that holds the SHA-256 of each."""
BOUNDS: Mapping[str, tuple[int, int]] = {
    "dim": (1, 1 << 16),
    "width": (0, 1 << 16),
    "max_tokens": (1, 1 << 20),
    "size_mb": (0, 10_000_000),
}
"""Smallest and largest values of a card's numbers; what is larger than any model only makes askew reserve memory."""
TITLES = ("space", "segment", "field")
KINDS = ("bi-encoder", "cross-encoder", "sparse")
STEPS = ("dense", "layernorm", "normalize")
TORCH = "sentence-transformers"
"""Architecture of what PyTorch runs."""
ANY = "any"
"""Languages of a model that is for all of them, or whose provider lists none."""
UNKNOWN = "unknown"
"""Language or licence of a model whose files do not state it."""


class UnreachableError(Exception):
    """A source does not answer, or does not have what was asked for; the text is the reason."""


@dataclass(frozen=True)
class Hub:
    """Repository on the Hugging Face Hub. `pinned_by`: public projects that pin the same revision. `hashed_by`: public
    projects that publish the same SHA-256 of its files; without a note, at this revision.
    """

    repository: str
    revision: str
    pinned_by: tuple[str, ...] = ()
    hashed_by: tuple[str, ...] = ()

    @property
    def fixed(self) -> bool:
        """Return whether the revision is a commit. Anything else is a branch, whose files change."""
        return portable.COMMIT.fullmatch(self.revision) is not None


@dataclass(frozen=True)
class Package:
    """Package on the package index that ships the files in one of its folders.

    `parts`: for a model larger than a package may be, the packages that each hold a piece of one zip archive, in order,
    with the path of the piece; `name` is then what their names have in common, and `folder` lies in that archive.
    """

    name: str
    version: str
    folder: str
    parts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Module:
    """Step after the pooling. kind: dense, layernorm or normalize. folder: where its weights are. activation: of a
    dense layer.
    """

    kind: str
    folder: str = ""
    activation: str = ""


@dataclass(frozen=True)
class Golden:
    """Reference vector: a text and the first components of its vector, computed by the reference library."""

    text: str
    vector: tuple[float, ...]


@dataclass(frozen=True)
class Score:
    """Published benchmark score and its source."""

    set: str
    measure: str
    value: float
    source: str


@dataclass(frozen=True)
class Tower:
    """One set of weights. `files` maps each file to its SHA-256, or to "" if unknown: the hash of the first download is
    then noted, and compared from then on. `folder`: the user's own weights.
    """

    files: dict[str, str]
    hub: Hub | None = None
    package: Package | None = None
    folder: str = ""


@dataclass(frozen=True)
class Hosted:
    """Embedding service. `key` names the environment variable that holds the API key; the key itself is never stored.

    `words` maps a task, or "default", to the provider's parameter for each role: Cohere's input_type, Gemini's
    task_type, Jina's task. `dimensions`: request the card's dim, fewer than the model's default.
    """

    provider: str
    model: str
    url: str
    key: str
    batch: int
    dimensions: bool = False
    words: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """Card of one model. `architecture` alone determines the adapter that runs it. `prompts` maps a task, or "default",
    to a prompt per role. `dense` is the activation of the dense layer after the pooling, "" for none. `titles` is how a
    document's title is combined with its text. `towers` holds the weights of a dual encoder; otherwise `files`, `hub`,
    `package` and `folder` describe the single set of weights.

    `modules` are the steps after the pooling in their order, where a folder names them; without any, they are `dense`
    and then `normalised`. `width` is the dimension before the vectors are truncated to `dim`, 0 if they are not. `root`
    is the subfolder of the transformer. `lower_case`: texts are lowercased before they are tokenised. `unknown`: a
    static model averages the vector of its unknown token too. `origins` is where each fact of a card that was read from
    files comes from, and `because` why PyTorch runs the model.

    `dims` are the smaller dimensions that the model was trained to be truncated to (Matryoshka: Kusupati et al. 2022).

    `trained` is the kind of text pairs the model was trained on; `tasks` are those it was trained for or is commonly
    used for. `retires`: the day from which its provider no longer serves it, YYYY-MM-DD, "" if none is announced.
    `verified`: its vectors were compared with the reference library; `checked`: how, or why not.
    """

    name: str
    summary: str
    architecture: str
    pooling: str
    normalised: bool
    similarity: Similarity
    dim: int
    max_tokens: int
    languages: tuple[str, ...]
    licence: str
    commercial: bool
    size_mb: int
    tasks: tuple[str, ...]
    verified: bool
    checked: str
    kind: str = "bi-encoder"
    trained: str = ""
    dense: str = ""
    titles: str = "space"
    activation: str = ""
    modules: tuple[Module, ...] = ()
    width: int = 0
    dims: tuple[int, ...] = ()
    root: str = ""
    lower_case: bool = False
    unknown: bool = False
    retires: str = ""
    because: str = ""
    origins: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    towers: dict[str, Tower] = field(default_factory=dict)
    prompts: dict[str, dict[str, str]] = field(default_factory=dict)
    hub: Hub | None = None
    package: Package | None = None
    folder: str = ""
    hosted: Hosted | None = None
    golden: tuple[Golden, ...] = ()
    scores: tuple[Score, ...] = ()

    @property
    def parts(self) -> Mapping[str, Tower]:
        """Return the sets of weights by role; "both" for one set that serves both roles."""
        if self.towers or not self.files:
            return self.towers
        return {"both": Tower(self.files, self.hub, self.package, self.folder)}

    @property
    def needs_torch(self) -> bool:
        """Return whether the model runs only where PyTorch is installed."""
        return self.architecture == TORCH or bool(self.because)


def built_in() -> list[str]:
    """Return the names of the built-in cards."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def names() -> list[str]:
    """Return the names of all cards, built-in and the user's own."""
    return sorted({*built_in(), *(file.stem for file in paths.own_cards().glob("[!.]*.toml"))})


def get(name: str) -> Card:
    """Return the card of this name, built-in or the user's own."""
    if name in built_in():
        return parse(_folder().joinpath(f"{name}.toml").read_text("utf-8"), f"the card of {name}")
    if name in names():
        return load(paths.own_cards() / f"{name}.toml")
    raise UnknownNameError("model", name, names())


def load(path: Path) -> Card:
    """Read a card from a file."""
    return parse(text(path), str(path))


def text(path: Path) -> str:
    """Return the text of a card's file. `InputError` if it cannot be read, or is too large for a card."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_CARD + 1)
        if len(content) > LARGEST_CARD:
            raise InputError(f"{path} is no card: it is larger than {LARGEST_CARD >> 20} MB.")
        return content.decode("utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read the card {path}: {error}.") from error


def parse(text: str, origin: str) -> Card:
    """Parse a card; errors name the unknown, missing or mistyped key, or the value that no card may have."""
    return made(values(text, origin), origin)


def values(text: str, origin: str) -> dict[str, Any]:
    """Return the keys of a card's TOML, not checked yet."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, numbers of thousands of digits, deep nesting
        reason = str(error) or type(error).__name__
        raise InputError(f"{origin} is not valid TOML: {reason}.") from error


def made(values: Mapping[str, Any], origin: str) -> Card:
    """Make a card of its keys, checked."""
    card = build(Card, values, origin)
    for fault in _faults(card):
        raise InputError(f"In {origin}: {fault}.")
    return card


def _faults(card: Card) -> Iterator[str]:
    """Yield what is wrong with a card, as sentences without a full stop: it may come from anywhere."""
    if fault := portable.fault(card.name):
        yield f"the name {card.name!r} {fault}"
    for key, (smallest, largest) in BOUNDS.items():
        if not smallest <= getattr(card, key) <= largest:
            yield f"{key} must be from {smallest} to {largest}"
    yield from _text_faults(card)
    for key, value, known in (("titles", card.titles, TITLES), ("kind", card.kind, KINDS)):
        if value not in known:
            yield f"{key} is {value!r}; it must be one of {', '.join(known)}"
    yield from _module_faults(card)
    words = (*card.prompts.values(), *(card.hosted.words.values() if card.hosted else ()), card.towers)
    if unknown := next((role for keys in words for role in keys if role not in list(Role)), ""):
        yield f"{unknown!r} is no role; a role is one of {', '.join(Role)}"
    if any(not 0 < len(golden.vector) <= card.dim for golden in card.golden):
        yield "a golden vector has no components, or more than dim"
    for tower in card.parts.values():
        yield from _tower_faults(tower)


def _text_faults(card: Card) -> Iterator[str]:
    shown = (card.summary, card.licence, card.checked, card.folder, *card.languages, *card.tasks, card.because)
    shown += tuple(text for fact in card.origins.items() for text in fact)
    if unprintable := next((value for value in shown if not value.isprintable()), ""):
        yield f"{unprintable[:60]!r} contains a control character"
    if card.retires and not _is_day(card.retires):
        yield f"retires is {card.retires[:40]!r}; it must be a day, such as 2027-01-31"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _module_faults(card: Card) -> Iterator[str]:
    for module in card.modules:
        if module.kind not in STEPS:
            yield f"{module.kind[:40]!r} is no kind of module; a kind is one of {', '.join(STEPS)}"
        if (module.kind != "normalize" or module.folder) and portable.path_fault(module.folder):
            yield f"the folder {module.folder[:80]!r} of a module {portable.path_fault(module.folder)}"
    if 0 < card.width < card.dim:
        yield f"width is {card.width}, less than dim"
    if any(not 0 < dim < (card.width or card.dim) for dim in card.dims):
        yield "dims lists the dimensions that vectors may be truncated to, each less than those of the model"
    if card.root and (fault := portable.path_fault(card.root)):
        yield f"the folder {card.root[:80]!r} of the transformer {fault}"


def _tower_faults(tower: Tower) -> Iterator[str]:
    """Yield what is wrong with the names of files and of their sources."""
    for name, digest in tower.files.items():
        if fault := portable.path_fault(name) or ("is askew's own" if name.casefold() == NOTED else ""):
            yield f"the file name {name!r} {fault}"
        if digest and not portable.SHA256.fullmatch(digest):
            yield f"{digest[:80]!r} is no SHA-256: it has 64 digits from 0 to f"
    if name := portable.clashes(list(tower.files)):
        yield f"the file name {name!r} clashes with another one"
    if tower.hub and not portable.REPOSITORY.fullmatch(tower.hub.repository):
        yield f"{tower.hub.repository[:80]!r} is no repository of the hub"
    if tower.hub and not portable.REVISION.fullmatch(tower.hub.revision):
        yield f"{tower.hub.revision[:80]!r} is no revision"
    if tower.package:
        yield from _package_faults(tower.package)
    if not tower.folder.isprintable():
        yield f"the folder {tower.folder[:80]!r} contains a control character"


def _package_faults(package: Package) -> Iterator[str]:
    for name in (package.name, *package.parts):
        if not portable.PACKAGE.fullmatch(name):  # it is passed to pip
            yield f"{name[:80]!r} is no name of a package"
    if not portable.VERSION.fullmatch(package.version):
        yield f"{package.version[:80]!r} is no version"
    if fault := portable.path_fault(package.folder):
        yield f"the folder {package.folder[:80]!r} of the package {fault}"
    for piece in package.parts.values():
        if fault := portable.path_fault(piece):
            yield f"the part {piece[:80]!r} of the package {fault}"


def prompts_for(card: Card, task: str) -> dict[Role, str]:
    """Return the prompt of each role that has one in this task."""
    chosen = card.prompts.get(task, card.prompts.get("default", {}))
    return {Role(role): prompt for role, prompt in chosen.items()}


def with_prompts(card: Card, task: str, overrides: Mapping[str, str]) -> Card:
    """Return the card with the prompts of some roles replaced for this task."""
    for role in overrides:
        if role not in list(Role):
            raise UnknownNameError("role", role, list(Role))
    if not overrides:
        return card
    own = {str(role): prompt for role, prompt in prompts_for(card, task).items()}
    return replace(card, prompts={task: {**own, **overrides}})


def fed(card: Card, task: str, role: Role) -> str:
    """Return the template of the model's input, with the placeholders {text} and {title}."""
    prompt = prompts_for(card, task).get(role, "")
    titled = {"space": "{title} {text}", "segment": "{title} [SEP] {text}", "field": "{text} (separate title)"}
    text = titled[card.titles] if role is Role.DOCUMENT else "{text}"
    if card.hosted:
        word = hosted_words(card, task).get(role, "")
        return f"{prompt}{text}" + (f"  (API parameter: {word})" if word else "")
    return prompt + text


def hosted_words(card: Card, task: str) -> dict[Role, str]:
    """Return the provider's parameter for each role in this task; empty for local models."""
    if card.hosted is None:
        return {}
    chosen = card.hosted.words.get(task, card.hosted.words.get("default", {}))
    return {Role(role): word for role, word in chosen.items()}


def _folder() -> Path:
    return Path(__file__).with_name("cards")
