"""`askew reproduce`: the published figures of a model, measured again on the sets that are there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from askew.cli.output import AsJson, as_json, counted, note, progress, say, table
from askew.errors import InputError
from askew.models import own
from askew.models.cards import Score
from askew.reproduction.catalogue import Published, catalogue, figures, get
from askew.reproduction.reproduce import TOLERANCE, Figure, FoundSet, find
from askew.reproduction.reproduce import reproduce as measured

MODEL = "all-MiniLM-L6-v2"
HEADINGS = ("model", "set", "measure", "published", "ours", "points", "texts", "seconds")


def reproduce(
    sets: list[str] = typer.Argument(None, help="Sets by name, like SciFact or STS12; all that are there."),
    data: Path = typer.Option("data", "--data", envvar="ASKEW_DATA", help="The folder that holds the sets."),
    model: list[str] = typer.Option([MODEL], "--model", help="A model with published figures; repeat it."),
    precision: str = typer.Option("fp32", "--precision", help="fp32 or int8."),
    json: bool = AsJson,
) -> None:
    """Measure published figures again; exit code 1 when one differs by more than 0.1 points, or no set is there."""
    asked = list(dict.fromkeys(get(name) for name in sets or ()))
    known = _published(model, asked)
    wanted = asked or [published for published in catalogue() if any(of == published for _, of, _ in known)]
    there = find(data, wanted)
    absent = [published for published in wanted if all(found.published != published for found in there)]
    made = [
        _measured(found, score, name, precision, json)
        for name, published, score in known
        for found in there
        if found.published == published
    ]
    if json:
        missing = [{"set": set.name, "folders": list(set.folders), "source": set.source} for set in absent]
        as_json({"figures": [_as_fields(figure) for figure in made], "missing": missing})
    else:
        _show(made, wanted)
        _tell_absent(absent, data, every=not made or bool(asked))
    if not made or (asked and absent) or not all(figure.reproduced for figure in made):
        raise typer.Exit(1)


def _published(models: Sequence[str], asked: Sequence[Published]) -> list[tuple[str, Published, Score]]:
    """Each figure with its model; InputError for a set that was asked for and has none, or a model without any."""
    cards = [own.resolve(model) for model in models]
    of = {card.name: [(p, score) for p in asked or catalogue() for score in figures(card, p)] for card in cards}
    for name, found in of.items():
        lacking = [published.name for published in asked if all(p != published for p, _ in found)]
        if lacking or not found:
            on = ", ".join(lacking) or "any of the sets that are known"
            raise InputError(f"The card of {name} has no published figure on {on}.")
    return [(name, published, score) for name, found in of.items() for published, score in found]


def _measured(found: FoundSet, score: Score, model: str, precision: str, json: bool) -> Figure:
    with progress(quiet=json) as report:
        return measured(found, score, model, precision, report)


def _show(made: Sequence[Figure], wanted: Sequence[Published]) -> None:
    if not made:
        return
    table(HEADINGS, [_row(figure) for figure in made])
    worst = max(abs(figure.points) for figure in made)
    told = "within" if worst <= TOLERANCE else "not within"
    say(f"\nThe largest difference is {worst:.3f} points, {told} {TOLERANCE:g} points of the published figure.")
    say(f"Published: {', '.join(dict.fromkeys(figure.source for figure in made))}")
    for figure in made:
        _tell_counts(figure, next(published for published in wanted if published.name == figure.set))


def _row(figure: Figure) -> tuple[str, ...]:
    numbers = (f"{figure.published:.5f}", f"{figure.ours:.5f}", f"{figure.points:+.3f}")
    return (figure.model, figure.set, figure.measure, *numbers, _texts(figure), f"{figure.seconds:.1f}")


def _texts(figure: Figure) -> str:
    if not figure.queries:
        return counted(figure.texts, "pair")
    return f"{counted(figure.texts, 'document')}, {figure.queries:,} queries"


def _tell_counts(figure: Figure, published: Published) -> None:
    if figure.empty:
        note(f"{figure.set}: {counted(figure.empty, 'document')} without any text left out.")
    if (figure.texts, figure.queries) != (published.texts, published.queries):
        whole = f"{published.texts:,}" + (f" and {published.queries:,} queries" if published.queries else "")
        note(f"{figure.set}: {_texts(figure)}, where the published figure is of {whole}.")


def _tell_absent(absent: Sequence[Published], data: Path, every: bool) -> None:
    if not absent:
        return
    if not every:
        note(f"Not in {data}: {', '.join(set.name for set in absent)}. Name one to see where it comes from.")
        return
    note(f"Not in {data}, nor up to three folders below, in a layout that is known:")
    for set in absent:
        note(f"  {set.name}, a folder or zip file {' or '.join(set.folders)} (case and punctuation do not count)")
        note(f"    from {set.source}")


def _as_fields(figure: Figure) -> dict[str, Any]:
    return {**vars(figure), "points": figure.points, "reproduced": figure.reproduced}
