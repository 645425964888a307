"""Model cards: everything known about a model, in strictly validated TOML. Nothing is inferred from a name."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from askew import paths
from askew.errors import InputError, UnknownNameError
from askew.models.strict import build
from askew.similarity import Similarity
from askew.types import Role


@dataclass(frozen=True)
class Hub:
    """Repository on the Hugging Face Hub, pinned to a revision."""

    repository: str
    revision: str


@dataclass(frozen=True)
class Package:
    """Package on the package index that ships the files in one of its folders."""

    name: str
    version: str
    folder: str


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
    then recorded and enforced from then on. `folder`: the user's own weights.
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

    `trained` is the kind of text pairs the model was trained on; `tasks` are those it was trained for or is commonly
    used for. `verified`: its vectors were compared with the reference library; `checked`: how, or why not.
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
    try:
        return parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the card {path}: {error}.") from error


def parse(text: str, origin: str) -> Card:
    """Parse a card; errors name the unknown, missing or mistyped key."""
    try:
        return build(Card, tomllib.loads(text), origin)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{origin} is not valid TOML: {error}.") from error


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
