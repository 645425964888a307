"""Model cards: everything known about a model, in strictly validated TOML. Nothing is inferred from a name."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from askew import paths
from askew.errors import InputError, UnknownNameError
from askew.models import names as portable
from askew.models.strict import build, faults
from askew.similarity import Similarity
from askew.types import Role

LARGEST_CARD = 1 << 20
"""Bytes of a card's file."""
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
class LateInteraction:
    """How queries and documents become token vectors (Khattab and Zaharia 2020, arXiv 2004.12832, section 3.2).

    query_tokens, document_tokens: maximum lengths, special tokens included. query_marker, document_marker: the token
    after the first special token that tells queries from documents, "" for none. expanded: number of tokens to which a
    shorter query is filled up with the token `filler`, 0 if it is not. attended: the other tokens attend to those.
    skipped: tokens of documents that are not compared.
    """

    query_tokens: int
    document_tokens: int
    query_marker: str = ""
    document_marker: str = ""
    expanded: int = 0
    filler: str = ""
    attended: bool = False
    skipped: tuple[str, ...] = ()


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
    static model averages the vector of its unknown token too. `prompt_excluded`: the pooling leaves the prompt out.
    `labels`: what the outputs of a cross-encoder with more than one stand for, in their order. `late_interaction`: of a
    model with a vector per token. `origins` is where each fact of a card that was read from files comes from, and
    `because` why PyTorch runs the model.

    `dims` are the smaller dimensions that the model was trained to be truncated to (Matryoshka: Kusupati et al. 2022).

    `documents` and `queries`: of a pair, the cards of its two encoders, which are models of their own. Files, prompts
    and whatever else makes a vector are on theirs.

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
    prompt_excluded: bool = False
    retires: str = ""
    because: str = ""
    labels: tuple[str, ...] = ()
    late_interaction: LateInteraction | None = None
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
    documents: "Card | None" = None
    queries: "Card | None" = None

    @property
    def sides(self) -> "Mapping[Role, Card]":
        """Return the card of each role's encoder in a pair; {} for any other model."""
        if self.documents is None or self.queries is None:
            return {}
        return {Role.DOCUMENT: self.documents, Role.QUERY: self.queries}

    @property
    def members(self) -> "tuple[Card, ...]":
        """Return the models whose files this one needs: the encoders of a pair, otherwise itself."""
        return tuple(self.sides.values()) or (self,)

    @property
    def parts(self) -> Mapping[str, Tower]:
        """Return the sets of weights by role; "both" for one set that serves both roles."""
        if self.towers or not self.files:
            return self.towers
        return {"both": Tower(self.files, self.hub, self.package, self.folder)}

    @property
    def needs_torch(self) -> bool:
        """Return whether the model runs only where PyTorch is installed."""
        return any(one.architecture == TORCH or bool(one.because) for one in self.members)


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
    try:
        card = build(Card, values, origin)
    except RecursionError as error:
        raise InputError(f"{origin} is no card: its tables are nested too deeply.") from error
    for fault in faults(card):
        raise InputError(f"In {origin}: {fault}.")
    return card


def prompts_for(card: Card, task: str) -> dict[Role, str]:
    """Return the prompt of each role that has one in this task."""
    if card.sides:
        found = {role: prompts_for(side, task).get(role, "") for role, side in card.sides.items()}
        return {role: prompt for role, prompt in found.items() if prompt}
    chosen = card.prompts.get(task, card.prompts.get("default", {}))
    return {Role(role): prompt for role, prompt in chosen.items()}


def with_prompts(card: Card, task: str, overrides: Mapping[str, str]) -> Card:
    """Return the card with the prompts of some roles replaced for this task."""
    for role in overrides:
        if role not in list(Role):
            raise UnknownNameError("role", role, list(Role))
    if not overrides:
        return card
    if card.sides:
        given = {role: {str(role): overrides[role]} if role in overrides else {} for role in card.sides}
        changed = {role: with_prompts(side, task, given[role]) for role, side in card.sides.items()}
        return replace(card, documents=changed[Role.DOCUMENT], queries=changed[Role.QUERY])
    own = {str(role): prompt for role, prompt in prompts_for(card, task).items()}
    return replace(card, prompts={task: {**own, **overrides}})


def without_prompts(card: Card) -> Card:
    """Return the card without any prompt."""
    documents, queries = (side and replace(side, prompts={}) for side in (card.documents, card.queries))
    return replace(card, prompts={}, documents=documents, queries=queries)


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
