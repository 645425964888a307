"""`askew advise`: the cheapest that is likely to help, from what there is to learn from."""

from dataclasses import asdict

import typer

from askew.cli.output import AsJson, as_json, say
from askew.training.advice import Evidence, Proposal, Proposals
from askew.training.advice import advise as advised

UNITS = {
    "queries": ("judged query", "judged queries"),
    "labelled": ("labelled pair", "labelled pairs"),
    "scored": ("scored pair", "scored pairs"),
    "texts": ("text", "texts"),
}


def advise(
    data: list[str] = typer.Argument(None, help="Files and folders, as `askew train` reads them."),
    index: str = typer.Option(None, "--index", help="An index, whose texts count."),
    slow_queries: bool = typer.Option(False, "--slow-queries", help="Queries take too long."),
    json: bool = AsJson,
) -> None:
    """Propose the cheapest that is likely to help. Counts labels and texts."""
    found = advised(data or [], index=index, slow_queries=slow_queries)
    if json:
        as_json({"evidence": asdict(found.evidence), **{k: _told(getattr(found, k), index) for k in ("now", "later")}})
        return
    _show(found, index)


def _told(proposals: tuple[Proposal, ...], index: str | None) -> list[dict[str, object]]:
    return [
        {**asdict(one.remedy), "command": _command(one, index), "have": one.have, "missing": one.missing}
        for one in proposals
    ]


def _command(proposal: Proposal, index: str | None) -> str:
    return proposal.remedy.command.format(name=index or "NAME")


def _show(found: Proposals, index: str | None) -> None:
    say(f"There are {_counts(found.evidence)}. Cheapest first; measure after each, and stop when it is good enough:")
    for place, one in enumerate(found.now, 1):
        say()
        say(f"{place}. {one.remedy.name}: takes {one.remedy.takes}")
        say(f"   {one.remedy.because}.")
        say(f"   {_command(one, index)}")
    if found.later:
        say()
        say("Too little yet:")
    for one in found.later:
        say(f"  {one.remedy.name}: {_counted(one.missing, one.remedy.unit)} more, {one.remedy.least:,} in all")


def _counts(evidence: Evidence) -> str:
    told = [_counted(count, unit) for unit in UNITS if (count := getattr(evidence, unit))]
    return ", ".join(told) if told else "no labels and no texts"


def _counted(count: int, unit: str) -> str:
    one, more = UNITS[unit]
    return f"{count:,} {one if count == 1 else more}"
