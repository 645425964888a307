"""`askew models`: list, choose, show, download, verify, add and remove models."""

from pathlib import Path
from textwrap import wrap

import typer

from askew.cli.output import AsJson, as_json, note, progress, say, table
from askew.encoders import trial
from askew.encoders.effect import checked
from askew.models import cards, own, pull
from askew.models.card import RERANKERS, UNKNOWN, Card
from askew.models.choice import Choice, Contest, Limits, choose, contests, here
from askew.tasks import get
from askew.text.language import language_code
from askew.types import Role

SHOWN = 8  # models in the table of `choose`
EXPLAINED = 3  # of them with reasons
CONTESTED = 2  # pairs of models of the same size that are shown
WIDTH = 80  # of what `choose` prints
LISTED = 3  # languages that are named; more are counted

Documents = typer.Option(..., "--documents", help="The model that encodes documents: a name, a folder or an id.")
Name = typer.Argument(help="A model, as listed by `askew models list`.")
Place = typer.Argument(help="A model, as listed by `askew models list`, a folder, or an id on the hub.")

app = typer.Typer(help="List, choose, download and verify models.", no_args_is_help=True)


@app.command("choose")
def choose_(
    task: str = typer.Option(..., "--task", help="What the model is for; see `askew tasks`."),
    languages: str = typer.Option("en", "--languages", help="Languages by code or name, as in de,French."),
    max_mb: int = typer.Option(0, "--max-mb", help="Maximum size of the weights in MB; 0 for no limit."),
    licence: str = typer.Option("any", "--licence", help="any, or commercial: only models that permit commercial use."),
    offline: bool = typer.Option(False, "--offline", help="Only models whose weights are on this machine."),
    fast_queries: bool = typer.Option(
        False, "--fast-queries", help="Only pairs, which encode queries by a smaller model than documents."
    ),
    limit: int = typer.Option(SHOWN, "--limit", help="Number of models printed; --json has all."),
    json: bool = AsJson,
) -> None:
    """Rank models for a task by published scores. With reasons and warnings."""
    if licence not in ("any", "commercial"):
        raise typer.BadParameter("is any or commercial", param_hint="--licence")
    codes = tuple(language_code(name) for name in languages.split(",") if name.strip())
    found = choose(task, Limits(codes, max_mb, licence == "commercial", offline, fast_queries))
    against = contests(task)
    if json:
        as_json({"task": task, "choices": [_choice(c) for c in found], "contests": [vars(c) for c in against]})
        return
    _show(found[:limit])
    for place, choice in enumerate(found[:EXPLAINED], 1):
        say()
        _say_indented(f"{place}. ", f"{choice.card.name}: {choice.card.summary}")
        for reason in choice.reasons:
            _say_indented("   + ", reason)
        for warning in choice.warnings:
            _say_indented("   - ", warning)
    if not fast_queries:
        _contests(against)


def _say_indented(mark: str, text: str) -> None:
    """Print a paragraph below a mark, in lines of WIDTH."""
    for line in wrap(text, WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark), break_on_hyphens=False):
        say(line)


def _show(found: list[Choice]) -> None:
    table(
        ["", "model", "points", "sets", "tokens", "MB", "here"],
        [
            [
                place,
                choice.card.name,
                f"{choice.standing.points:+.1f}" if choice.standing.figures else "-",
                len(choice.standing.figures),
                choice.card.max_tokens,
                choice.card.size_mb,
                "service" if any(one.hosted for one in choice.card.members) else "yes" if here(choice.card) else "no",
            ]
            for place, choice in enumerate(found, 1)
        ],
    )
    say()
    mean = "mean published score for this kind of task, relative to the average model on the same sets"
    _say_indented("", f"points: {mean} (sets: how many).")
    if any(not here(choice.card) and not choice.card.hosted for choice in found):
        say("here: its weights are on this machine. To download: askew models pull NAME")


def _contests(against: list[Contest]) -> None:
    close = sorted(against, key=lambda contest: (-len(contest.won), len(contest.lost)))
    for contest in close[:CONTESTED]:
        if contest.won:
            say()
            _say_indented(
                "",
                f"A model trained for the other kind of task may still win: {contest.against_the_rule} against "
                f"{contest.by_the_rule}, of the same size:",
            )
            for word, rows in (("wins", contest.won), ("loses", contest.lost)):
                shown = ", ".join(f"{name} {100 * a:.1f} to {100 * b:.1f}" for name, a, b in rows)
                if shown:
                    _say_indented(f"  {word} ", shown)


def _choice(choice: Choice) -> dict[str, object]:
    return {
        "model": choice.card.name,
        "points": choice.standing.points,
        "figures": [vars(score) for score in choice.standing.figures],
        "reasons": choice.reasons,
        "warnings": choice.warnings,
        "size_mb": choice.card.size_mb,
        "licence": choice.card.licence,
        "hosted": choice.card.hosted is not None,
        "retires": choice.card.retires,
        "here": here(choice.card),
    }


@app.command("list")
def list_(task: str = typer.Option(None, "--task", help="Only models for this task."), json: bool = AsJson) -> None:
    """List all models, and whether their weights are here."""
    if task is not None:
        get(task)
    chosen = [card for card in map(cards.get, cards.names()) if task is None or task in card.tasks]
    if json:
        as_json([_facts(card) for card in chosen])
        return
    table(
        ["model", "kind", "similarity", "dim", "tokens", "MB", "licence", "languages", "here", "files", "compared"],
        [
            [
                card.name,
                card.kind,
                card.similarity,
                card.dim,
                card.max_tokens,
                card.size_mb,
                card.licence,
                _languages(card),
                "yes" if here(card) else "no",
                _files(card),
                "yes" if card.verified else "no",
            ]
            for card in chosen
        ],
    )
    say()
    say(
        "files: verified by the SHA-256 on the card, or only noted when they were downloaded. compared: vectors that "
        "were compared with the reference library."
    )


@app.command("show")
def show(
    name: str = Place,
    task: str = typer.Option(None, "--task", help="Show the exact model input for this task."),
    json: bool = AsJson,
) -> None:
    """Show a model's card. For a folder or a model of the hub, with the file that each fact is from."""
    card = own.shown(name)
    strings = _strings(card, task)
    if json:
        as_json({**_facts(card), "strings": strings})
        return
    if task is not None:
        for role, string in strings.items():
            say(f"{role:<8}  {string!r}")
        return
    say(f"{card.name}: {card.summary}")
    say()
    for key, value in _facts(card).items():
        told = value not in ("", {}) and (value or key != "first_stage_weight")
        if key not in ("name", "summary", "scores", "origins") and told:
            say(f"{key:<12}  {_shown(value) or UNKNOWN}" + (f"  ({card.origins[key]})" if key in card.origins else ""))
    if card.scores:
        say()
        table(
            ["published", "measure", "value"],
            [[score.set, score.measure, score.value] for score in card.scores],
        )


@app.command("add")
def add(
    path: Path = typer.Argument(help="A folder with a model's files, or a card in TOML."),
    name: str = typer.Option("", "--name", help="Name of the model; by default that of the folder or on the card."),
) -> None:
    """Register a model of your own. A folder of sentence-transformers needs no card."""
    card = trial.add(path, name)
    say(f"{card.name} is registered. {_use(card)}")
    _note_runner(card)


@app.command("remove")
def remove(name: str = Name) -> None:
    """Remove a registered card. Its weights are kept."""
    own.remove(name)
    say(f"{name} was removed.")


@app.command("pull")
def pull_(
    name: str = typer.Argument(help="A model, as listed by `askew models list`, or an id on the hub: org/name."),
    revision: str = typer.Option("main", "--revision", help="Branch, tag or commit of a model of the hub."),
) -> None:
    """Download a model's weights, and verify known hashes.

    A model of the hub is compared with the hashes that the hub states. No other command downloads a model, except the
    demo.
    """
    with progress() as report:
        card = trial.obtained(name, revision, report)
    for line in _pulled(card, pull.find(card)).splitlines():
        say(line)
    if card.origins:
        say(_use(card))
        _note_runner(card)


def _use(card: Card) -> str:
    if card.labels:
        return f"Use it with: askew duplicates NAME --cross-encoder {card.name}"
    if card.kind in RERANKERS:
        return f"Use it with: askew search NAME QUERY --rerank-model {card.name}"
    return f"Use it with: askew index NAME PATH… --model {card.name}"


def _note_runner(card: Card) -> None:
    """Print a note if a model does not run without PyTorch, and why."""
    if card.because:
        note(f"Note: {card.name} runs on PyTorch (pip install 'askew[torch]'), because {card.because}.")


def _pulled(card: Card, folder: Path) -> str:
    """Return what a download has shown: "verified" only if every SHA-256 was known before it."""
    match pull.provenance(card):
        case pull.Provenance.NONE:
            return f"{card.name} has no weights to download."
        case pull.Provenance.VERIFIED:
            return f"{card.name} is downloaded and verified: {folder}"
        case pull.Provenance.UNKNOWN:
            return f"{card.name} lies in your own folder, and is not verified: {folder}\n{_unhashed(card)}."
        case pull.Provenance.NOTED:
            return f"{card.name} is downloaded; hash noted, not verified: {folder}\n{_unhashed(card)}.{_moving(card)}"


def _unhashed(card: Card) -> str:
    return f"Its card has no SHA-256 of {', '.join(pull.unhashed(card))}"


def _moving(card: Card) -> str:
    branches = " and ".join(pull.moving(card))
    return f"\nIt follows the moving branch {branches}: what is downloaded later may differ." if branches else ""


@app.command("check")
def check(name: str = Name, json: bool = AsJson) -> None:
    """Compare a model's files with their hashes, and its prompts."""
    card = cards.get(name)
    errors = checked(card)
    if json:
        as_json({"model": card.name, "files": _files(card), "faults": errors})
    else:
        for line in [f"error: {error}" for error in errors] or [f"{card.name}: {_compared(card)}."]:
            say(line)
    if errors:
        raise typer.Exit(1)


def _compared(card: Card) -> str:
    """Return what the files were compared with."""
    match pull.provenance(card):
        case pull.Provenance.NONE:
            return "there are no files to compare"
        case pull.Provenance.VERIFIED:
            return "every file is as its card says"
        case pull.Provenance.UNKNOWN:
            return f"nothing to compare its files with. {_unhashed(card)}"
        case pull.Provenance.NOTED:
            return f"unchanged since it was downloaded; the download itself was not verified. {_unhashed(card)}"


def _files(card: Card) -> str:
    """Return what is known of the files on this machine, "-" without any."""
    found = pull.provenance(card)
    return str(found) if here(card) and found is not pull.Provenance.NONE else "-"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(str(entry) for entry in value.values())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _languages(card: Card) -> str:
    return ",".join(card.languages) if len(card.languages) <= LISTED else f"{len(card.languages)} languages"


def _prompts(card: Card) -> dict[str, str]:
    return {role: f"{role} {prompt!r}" for role, prompt in card.prompts.get("default", {}).items() if prompt}


def _strings(card: Card, task: str | None) -> dict[str, str]:
    """Return the model input by role; a symmetric task has only documents."""
    if task is None:
        return {}
    roles = dict.fromkeys((get(task).query_role, Role.DOCUMENT))
    return {role: cards.fed(card, task, role) for role in roles}


def _facts(card: Card) -> dict[str, object]:
    return {
        "name": card.name,
        "summary": card.summary,
        "architecture": card.architecture,
        **{"queries" if role is Role.QUERY else "documents": side.name for role, side in card.sides.items()},
        "runs on": f"PyTorch, because {card.because}" if card.because else "",
        "pooling": card.pooling,
        "modules": [" ".join(filter(None, vars(module).values())) for module in card.modules] or "",
        "normalised": card.normalised,
        "similarity": str(card.similarity),
        "dim": card.dim,
        "max_tokens": card.max_tokens,
        "first_stage_weight": card.first_stage_weight,
        "languages": list(card.languages),
        "licence": card.licence,
        "size_mb": card.size_mb,
        "retires": card.retires,
        "tasks": list(card.tasks),
        "prompts": _prompts(card),
        "origins": dict(card.origins),
        "here": here(card),
        "files": _files(card),
        "verified": pull.provenance(card) is pull.Provenance.VERIFIED,
        "revisions": {
            f"{one.name} {part}" if card.sides else part: tower.hub.revision
            for one in card.members
            for part, tower in one.parts.items()
            if tower.hub
        },
        "pinned": not pull.moving(card),
        "compared": card.verified,
        "scores": [vars(score) for score in card.scores],
    }
