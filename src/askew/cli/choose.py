"""`askew models choose`: which model for a task, with the reasons and the figures behind them."""

import typer

from askew.cli.output import AsJson, as_json, say, table
from askew.models.choice import Choice, Contest, Limits, choose, contests, here

SHOWN = 8
EXPLAINED = 3


def choose_(
    task: str = typer.Option(..., "--task", help="What for; see `askew tasks`."),
    languages: str = typer.Option("en", "--languages", help="Codes of the languages, with commas between."),
    max_mb: int = typer.Option(0, "--max-mb", help="Megabytes of weights at most; 0 for no limit."),
    licence: str = typer.Option("any", "--licence", help="any, or commercial: only what permits commercial use."),
    offline: bool = typer.Option(False, "--offline", help="Only models whose weights are on this machine."),
    limit: int = typer.Option(SHOWN, "--limit", help="How many are shown; --json has them all."),
    json: bool = AsJson,
) -> None:
    """Choose a model: ranked, with reasons, the published figures behind them, and what speaks against each."""
    if licence not in ("any", "commercial"):
        raise typer.BadParameter("is any or commercial", param_hint="--licence")
    codes = tuple(code.strip() for code in languages.split(",") if code.strip())
    found = choose(task, Limits(codes, max_mb, licence == "commercial", offline))
    against = contests(task)
    if json:
        as_json({"task": task, "choices": [_choice(c) for c in found], "contests": [vars(c) for c in against]})
        return
    _show(found[:limit])
    for place, choice in enumerate(found[:EXPLAINED], 1):
        say(f"\n{place}. {choice.card.name}: {choice.card.summary}")
        for reason in choice.reasons:
            say(f"   + {reason}")
        for warning in choice.warnings:
            say(f"   - {warning}")
    _contests(against)


def _show(found: list[Choice]) -> None:
    table(
        ["", "model", "points", "figures", "similarity", "dim", "tokens", "MB", "licence", "here"],
        [
            [
                place,
                choice.card.name,
                f"{choice.standing.points:+.1f}" if choice.standing.figures else "-",
                len(choice.standing.figures),
                choice.card.similarity,
                choice.card.dim,
                choice.card.max_tokens,
                choice.card.size_mb,
                choice.card.licence,
                "yes" if here(choice.card) else "no",
            ]
            for place, choice in enumerate(found, 1)
        ],
    )
    say("\npoints: published figures for this kind of task, above the average model on the same sets.")


def _contests(against: list[Contest]) -> None:
    for contest in against:
        if contest.won:
            say(
                f"\nThe kind a model was trained for is no law. {contest.against_the_rule} against "
                f"{contest.by_the_rule}, of the same size:"
            )
            for word, rows in (("wins", contest.won), ("loses", contest.lost)):
                shown = ", ".join(f"{name} {100 * a:.1f} to {100 * b:.1f}" for name, a, b in rows)
                if shown:
                    say(f"  {word} {shown}")


def _choice(choice: Choice) -> dict[str, object]:
    return {
        "model": choice.card.name,
        "points": choice.standing.points,
        "figures": [vars(score) for score in choice.standing.figures],
        "reasons": choice.reasons,
        "warnings": choice.warnings,
        "size_mb": choice.card.size_mb,
        "licence": choice.card.licence,
        "here": here(choice.card),
    }
