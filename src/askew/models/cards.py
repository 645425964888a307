"""What is known of each model: a card in TOML, read strictly. Nothing is guessed from a name."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from askew import paths
from askew.errors import InputError, UnknownNameError
from askew.models.strict import build
from askew.similarity import Similarity
from askew.types import Role


@dataclass(frozen=True)
class Hub:
    """A repository of the model hub, at one revision."""

    repository: str
    revision: str


@dataclass(frozen=True)
class Package:
    """A package of the package index that carries the files in one of its folders."""

    name: str
    version: str
    folder: str


@dataclass(frozen=True)
class Golden:
    """A text and the first components of its vector, as the reference library computed it."""

    text: str
    vector: tuple[float, ...]


@dataclass(frozen=True)
class Score:
    """A published figure and where it stands."""

    set: str
    measure: str
    value: float
    source: str


@dataclass(frozen=True)
class Tower:
    """One set of weights. `files` maps a file to its SHA-256, or to "" where nobody has noted it yet: then the one
    that the first pull brings is noted beside the file, and holds from then on. `folder`: weights of one's own.
    """

    files: dict[str, str]
    hub: Hub | None = None
    package: Package | None = None
    folder: str = ""


@dataclass(frozen=True)
class Hosted:
    """A service that encodes. `key` is the environment variable that holds the key, never the key itself.

    `words` maps a task, or "default", to the service's own word for each role: Cohere's input_type, Gemini's
    task_type, Jina's task. `dimensions`: the service is asked for the card's dim, fewer than it gives by itself.
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
    """`architecture` decides which adapter runs it, and nothing else does. `prompts` maps a task, or "default", to
    a prompt for each role. `dense` is the activation of a layer after the pooling, "" where there is none; `titles`
    says how a document's title goes before its text. `towers` holds the weights where query and document have their
    own; otherwise `files`, `hub`, `package` and `folder` are those of the one.

    `trained` is the kind of text pairs that it was trained on, in its authors' words; `tasks` are those it was trained
    for or is commonly used for; `verified` says that its vectors were
    compared with the reference library here, `checked` how, or why not.
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
        """The sets of weights, by the role that they serve; "both" for one that serves both."""
        if self.towers or not self.files:
            return self.towers
        return {"both": Tower(self.files, self.hub, self.package, self.folder)}


def built_in() -> list[str]:
    """The names of the cards that come with askew."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def names() -> list[str]:
    """Of all cards, the user's own too."""
    return sorted({*built_in(), *(file.stem for file in paths.own_cards().glob("[!.]*.toml"))})


def get(name: str) -> Card:
    """The card of this name: one that comes with askew, or one of the user's own."""
    if name in built_in():
        return parse(_folder().joinpath(f"{name}.toml").read_text("utf-8"), f"the card of {name}")
    if name in names():
        return load(paths.own_cards() / f"{name}.toml")
    raise UnknownNameError("model", name, names())


def load(path: Path) -> Card:
    """A user's own card."""
    try:
        return parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"The card {path} cannot be read: {fault}.") from fault


def parse(text: str, origin: str) -> Card:
    """Unknown keys, missing keys and wrong types are errors that name the key."""
    try:
        return build(Card, tomllib.loads(text), origin)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(f"In {origin}: no valid TOML: {fault}.") from fault


def prompts_for(card: Card, task: str) -> dict[Role, str]:
    """What is put before a text, for each role that has a prompt in this task."""
    chosen = card.prompts.get(task, card.prompts.get("default", {}))
    return {Role(role): prompt for role, prompt in chosen.items()}


def with_prompts(card: Card, task: str, overrides: Mapping[str, str]) -> Card:
    """The card with other prompts for some roles of this task."""
    for role in overrides:
        if role not in list(Role):
            raise UnknownNameError("role", role, list(Role))
    if not overrides:
        return card
    own = {str(role): prompt for role, prompt in prompts_for(card, task).items()}
    return replace(card, prompts={task: {**own, **overrides}})


def fed(card: Card, task: str, role: Role) -> str:
    """The exact string that the model is given, with {text} and {title} where those go."""
    prompt = prompts_for(card, task).get(role, "")
    titled = {"space": "{title} {text}", "segment": "{title} [SEP] {text}", "field": "{text} (the title beside it)"}
    text = titled[card.titles] if role is Role.DOCUMENT else "{text}"
    if card.hosted:
        word = hosted_words(card, task).get(role, "")
        return f"{prompt}{text}" + (f"  (said to the service: {word})" if word else "")
    return prompt + text


def hosted_words(card: Card, task: str) -> dict[Role, str]:
    """The service's own word for each role in this task; empty for models that run here."""
    if card.hosted is None:
        return {}
    chosen = card.hosted.words.get(task, card.hosted.words.get("default", {}))
    return {Role(role): word for role, word in chosen.items()}


def _folder() -> Traversable:
    return resources.files("askew.models").joinpath("cards")
