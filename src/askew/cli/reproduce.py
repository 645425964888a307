"""`askew reproduce`: the published figures of a model, measured again on local data sets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from askew.cli.output import AsJson, as_json, counted, note, progress, say, table
from askew.reproduction.datasets import Published
from askew.reproduction.reproduce import MODEL, TOLERANCE, Figure, Reproduction, reproduce_published

HEADINGS = ("model", "set", "measure", "published", "ours", "points", "texts", "seconds")


def reproduce(
    sets: list[str] = typer.Argument(None, help="Data sets by name, e.g. SciFact or STS12; all in the folder."),
    data: Path = typer.Option("data", "--data", envvar="ASKEW_DATA", help="The folder that contains the data sets."),
    model: list[str] = typer.Option([MODEL], "--model", help="A model with published figures; repeat it."),
    precision: str = typer.Option("fp32", "--precision", help="fp32 or int8."),
    json: bool = AsJson,
) -> None:
    """Measure published figures again. Exit code 1: one differs by more than 0.1 points, or no data set is found."""
    with progress(quiet=json) as bar:
        found = reproduce_published(sets or (), data=data, models=model, precision=precision, progress=bar)
    if json:
        missing = [{"set": one.name, "folders": list(one.folders), "source": one.source} for one in found.missing]
        as_json({"figures": [_as_fields(figure) for figure in found.figures], "missing": missing})
    else:
        _show(found)
        _note_missing(found.missing, data, every=not found.figures or found.named)
    if not found.reproduced:
        raise typer.Exit(1)


def _show(found: Reproduction) -> None:
    if not found.figures:
        return
    table(HEADINGS, [_row(figure) for figure in found.figures])
    worst = max(abs(figure.points) for figure in found.figures)
    within = "within" if worst <= TOLERANCE else "not within"
    say()
    say(f"The largest difference is {worst:.3f} points, {within} {TOLERANCE:g} points of the published figure.")
    say(f"Published: {', '.join(dict.fromkeys(figure.source for figure in found.figures))}")
    for figure in found.figures:
        _note_counts(figure, next(published for published in found.wanted if published.name == figure.set))


def _row(figure: Figure) -> tuple[str, ...]:
    numbers = (f"{figure.published:.5f}", f"{figure.ours:.5f}", f"{figure.points:+.3f}")
    return (figure.model, figure.set, figure.measure, *numbers, _texts(figure), f"{figure.seconds:.1f}")


def _texts(figure: Figure) -> str:
    if not figure.queries:
        return counted(figure.texts, "pair")
    return f"{counted(figure.texts, 'document')}, {figure.queries:,} queries"


def _note_counts(figure: Figure, published: Published) -> None:
    if figure.empty:
        note(f"{figure.set}: {counted(figure.empty, 'document')} without text left out.")
    if (figure.texts, figure.queries) != (published.texts, published.queries):
        whole = f"{published.texts:,}" + (f" and {published.queries:,} queries" if published.queries else "")
        note(f"{figure.set}: {_texts(figure)}, but the published figure is of {whole}.")


def _note_missing(missing: Sequence[Published], data: Path, every: bool) -> None:
    """every: describe each missing data set, rather than list their names."""
    if not missing:
        return
    if not every:
        note(f"Not in {data}: {', '.join(set.name for set in missing)}. Name one to see where to get it.")
        return
    note(f"Not in {data}, nor up to three folders below, in a known layout:")
    for set in missing:
        note(f"  {set.name}, a folder or zip file {' or '.join(set.folders)} (ignoring case and punctuation)")
        note(f"    from {set.source}")


def _as_fields(figure: Figure) -> dict[str, Any]:
    return {**vars(figure), "points": figure.points, "reproduced": figure.reproduced}
