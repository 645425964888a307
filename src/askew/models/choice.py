"""Model choice: filters models by requirements, ranks them by published scores, and lists counterexamples."""

from dataclasses import dataclass
from datetime import date

from askew.errors import InputError, ModelError, public
from askew.models import cards, pull
from askew.models.card import ANY, Card, Score
from askew.models.evidence import Standing, figures_for, standings
from askew.tasks import Kind, get
from askew.types import Role

MODEST = 500
"""Largest model in MB that is recommended without being asked for."""
CLOSE = 2.0
"""Points that a larger model has to gain to be recommended instead of a smaller one."""
ALIKE = 1.3
"""Two models count as the same size up to this ratio."""


@dataclass(frozen=True)
class Limits:
    """Requirements. languages: codes such as "de", all of which the model must support. max_mb: size of the weights,
    0 for no limit. offline: only models whose weights are on this machine. commercial: only licences that permit
    commercial use. fast_queries: only pairs, which encode queries by a smaller model than documents.
    """

    languages: tuple[str, ...] = ("en",)
    max_mb: int = 0
    commercial: bool = False
    offline: bool = False
    fast_queries: bool = False


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model.

    kind: bi-encoder (vectors), cross-encoder or late-interaction (reranking), or sparse. similarity: cosine or dot.
    dim: of its vectors. max_tokens: maximum length of a text. languages: codes, or "any". size_mb: of the weights.
    tasks: names of tasks.
    retires: the day from which its provider no longer serves it, YYYY-MM-DD, or "".
    here: usable without a network. verified: every file is verified by the SHA-256 on its card, on this machine or when
    it is downloaded. compared: its vectors were compared with the reference library.
    """

    name: str
    summary: str
    kind: str
    similarity: str
    dim: int
    max_tokens: int
    languages: tuple[str, ...]
    licence: str
    commercial: bool
    size_mb: int
    tasks: tuple[str, ...]
    here: bool
    retires: str
    verified: bool
    compared: bool
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Choice:
    """Candidate model with reasons for it and warnings against it."""

    card: Card
    standing: Standing
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Contest:
    """Two models of the same size, the first trained for the other kind of task. won, lost: (set, its score, the
    other's score).
    """

    against_the_rule: str
    by_the_rule: str
    won: tuple[tuple[str, float, float], ...]
    lost: tuple[tuple[str, float, float], ...]


@public
def models(task: str | None = None) -> list[ModelFacts]:
    """Return the known models, built-in and the user's own, by name. task: only those that serve it."""
    if task is not None:
        get(task)
    found = [card for card in map(cards.get, cards.names()) if task is None or task in card.tasks]
    return [_facts(card) for card in found]


def _facts(card: Card) -> ModelFacts:
    return ModelFacts(
        name=card.name,
        summary=card.summary,
        kind=card.kind,
        similarity=str(card.similarity),
        dim=card.dim,
        max_tokens=card.max_tokens,
        languages=card.languages,
        licence=card.licence,
        commercial=card.commercial,
        size_mb=card.size_mb,
        tasks=card.tasks,
        here=here(card),
        retires=card.retires,
        verified=pull.provenance(card) is pull.Provenance.VERIFIED,
        compared=card.verified,
        scores=card.scores,
    )


def choose(task: str, limits: Limits = Limits()) -> list[Choice]:  # Limits is frozen
    """Return all models that meet the limits, best first: those meant for the task, then those that run on this machine
    before services, then by published scores, and without any, those that are here.

    Raises `InputError` if none is left.
    """
    kind = get(task).kind
    every = _trained()
    multilingual = any(language != "en" for language in limits.languages)
    found = standings(every, task, multilingual)
    served = [card for card in every if not _against(card, limits)]
    if not served and limits.fast_queries:
        raise InputError(
            "There is no pair of encoders on this machine that meets these limits. Make one: askew models pair NAME "
            "--documents MODEL --queries MODEL. A query encoder for any document encoder is made by: askew models "
            "fit-queries FOLDER --documents MODEL --texts FILE"
        )
    if not served:
        raise InputError("No model meets these limits. Relax --max-mb, --languages, --licence or --offline.")
    served.sort(key=lambda card: _place(card, task, found[_ranked_by(card, limits, found)]))
    best = next((card for card in served if task in card.tasks and card.trained != _other(kind)), served[0])
    return [
        Choice(
            card,
            found[card.name],
            _reasons(card, task, found[card.name]),
            _warnings(card, task, kind, found, best),
        )
        for card in served
    ]


def _ranked_by(card: Card, limits: Limits, found: dict[str, Standing]) -> str:
    """Return whose published scores rank a model: among pairs those of the document encoder, because they have none."""
    documents = card.sides[Role.DOCUMENT].name if card.sides and limits.fast_queries else card.name
    return documents if documents in found else card.name


def _place(card: Card, task: str, standing: Standing) -> tuple[bool | float, ...]:
    """Return what models are ranked by, best first."""
    known, service = bool(standing.figures), any(one.hosted for one in card.members)
    return (task not in card.tasks, service, not known, -standing.points, not (known or here(card)))


def recommended(task: str, limits: Limits = Limits()) -> Choice:  # Limits is frozen
    """Return the model to start with: of those within CLOSE points of the best one that suits the task, costs nothing,
    permits commercial use, runs without PyTorch and is no larger than MODEST, the smallest whose download can be
    verified; if English is not enough, one that is here before one to be downloaded.

    Limits that leave no such model are met by the others. Raises `InputError` if there is none.
    """
    found = choose(task, limits)
    kind = get(task).kind
    fit = [one for one in found if task in one.card.tasks and one.card.trained != _other(kind)] or found
    free = [one for one in fit if one.card.commercial and not one.card.hosted] or fit
    light = [one for one in free if one.card.size_mb <= MODEST and not one.card.needs_torch] or free
    present = [one for one in light if here(one.card)] if limits.languages != Limits().languages else []
    ranked = present or light
    least = ranked[0].standing.points - CLOSE
    close = [one for one in ranked if one.standing.figures and one.standing.points >= least]
    return min(close, key=lambda one: (bool(pull.unhashed(one.card)), one.card.size_mb), default=ranked[0])


def contests(task: str) -> list[Contest]:
    """Return pairs of same-size models whose published scores test the rule that the kind of training decides."""
    kind = get(task).kind
    if kind is Kind.BOTH:
        return []
    every = [card for card in _trained() if card.size_mb]
    pairs = [
        (one, other)
        for one in every
        for other in every
        if one.trained == _other(kind) and other.trained == kind and _alike(one, other)
    ]
    return [contest for contest in (_contest(one, other, task) for one, other in pairs) if contest.won or contest.lost]


def _trained() -> list[Card]:
    """Return the trained bi-encoders and the pairs of any; the weightless model is for tests and never recommended."""
    every = map(cards.get, cards.names())
    return [card for card in every if card.kind == "bi-encoder" and (card.trained or card.sides)]


def _against(card: Card, limits: Limits) -> bool:
    speaks = ANY in card.languages or set(limits.languages) <= set(card.languages)
    too_large = bool(limits.max_mb) and card.size_mb > limits.max_mb
    if limits.fast_queries and not card.sides:
        return True
    return not speaks or too_large or (limits.commercial and not card.commercial) or (limits.offline and not here(card))


def here(card: Card) -> bool:
    """Return whether the model can be used without a network."""
    if any(one.hosted for one in card.members):
        return False
    try:
        for one in card.members:
            for part in one.parts:
                pull.find(one, part)
    except ModelError:
        return False
    return True


def _reasons(card: Card, task: str, standing: Standing) -> tuple[str, ...]:
    reasons = []
    if task in card.tasks:
        prompts = "with its own prompts" if cards.prompts_for(card, task) else "without prompts"
        reasons.append(f"intended for {task}, {prompts}, compared by {card.similarity}")
    if standing.figures:
        shown = ", ".join(f"{s.set} {100 * s.value:.1f}" for s in sorted(standing.figures, key=lambda s: s.set)[:6])
        count = len(standing.figures)
        scores = "score" if count == 1 else "scores"
        reasons.append(
            f"{standing.points:+.1f} points against the average model on {count} published {scores} ({shown})"
        )
    for role, side in card.sides.items():
        reasons.append(
            f"encodes {'documents' if role is Role.DOCUMENT else 'queries'} by {side.name} ({side.size_mb} MB)"
        )
    reasons.append(f"{card.dim} dimensions, licence {card.licence}")
    if here(card) and (card.files or card.sides):
        reasons.append("its weights are already on this machine")
    return tuple(reasons)


def _warnings(card: Card, task: str, kind: Kind, found: dict[str, Standing], best: Card) -> tuple[str, ...]:
    warnings = [sentence for sentence in [_mismatch(card, task, kind, found, best)] if sentence]
    if task not in card.tasks:
        warnings.append(f"its card does not list the task {task}")
    if not found[card.name].figures:
        warnings.append("no published score for this kind of task")
    if not card.commercial:
        warnings.append(f"its licence ({card.licence}) is not known to permit commercial use")
    if any(one.hosted for one in card.members):
        warnings.append("a service: texts leave this machine")
    if card.needs_torch:
        warnings.append("runs on PyTorch: pip install 'askew[torch]'")
    if card.retires:
        over = date.fromisoformat(card.retires) <= date.today()
        warnings.append(
            f"its provider {'no longer serves it, since' if over else 'serves it only until'} {card.retires}"
        )
    if card.sides:
        warnings.append("a smaller query encoder finds less than the document encoder does: measure it with askew eval")
    elif not card.verified:
        warnings.append("its vectors were not compared with the reference library")
    return tuple(warnings)


def mismatch(card: Card, task: str) -> str:
    """Return a warning about a model trained for the other kind of task, with its cost in points; "" if it was not."""
    kind, found = get(task).kind, standings(_trained(), task)
    made = [other for other in _trained() if task in other.tasks and other.trained != _other(kind)]
    return _mismatch(card, task, kind, found, max(made, key=lambda other: found[other.name].points))


def _mismatch(card: Card, task: str, kind: Kind, found: dict[str, Standing], best: Card) -> str:
    if kind is Kind.BOTH or card.trained != _other(kind):
        return ""
    known = card.name in found and found[card.name].figures and found[best.name].figures
    cost = found[best.name].points - found[card.name].points if known else 0.0
    by = f"; by published scores it {'loses' if cost > 0 else 'gains'} {abs(cost):.1f} points against {best.name}"
    return f"trained for {card.trained} tasks, but {task} is {kind}{by if cost else ''}"


def _other(kind: Kind) -> Kind:
    return {Kind.SYMMETRIC: Kind.ASYMMETRIC, Kind.ASYMMETRIC: Kind.SYMMETRIC}.get(kind, kind)


def _alike(one: Card, other: Card) -> bool:
    small, large = sorted((one.size_mb, other.size_mb))
    return large <= ALIKE * small and one.architecture == other.architecture


def _contest(one: Card, other: Card, task: str) -> Contest:
    theirs = {(s.set, s.measure): s.value for s in other.scores}
    both = [
        (s.set, s.value, theirs[s.set, s.measure])
        for s in one.scores
        if (s.set, s.measure) in theirs and (s.set, s.measure) in figures_for(task, False)
    ]
    won, lost = ([row for row in both if (row[1] > row[2]) is wins] for wins in (True, False))
    return Contest(one.name, other.name, tuple(won), tuple(lost))
