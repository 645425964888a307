"""`askew restore`: rows that were removed as duplicates go back to where they were."""

from pathlib import Path

import typer

from askew.cleaning.undo import undo
from askew.cli.output import AsJson, as_json, counted, say


def restore(
    log: Path = typer.Argument(help="The log that `askew duplicates --clean` wrote."),
    cleaned: Path = typer.Argument(help="The file without the rows."),
    id: list[str] = typer.Option(None, "--id", help="A row to put back; repeat it."),
    group: list[str] = typer.Option(None, "--group", help="A group whose rows are put back; repeat it."),
    all: bool = typer.Option(False, "--all", help="Every row: the file as it was, byte for byte."),
    out: Path = typer.Option(None, "--out", help="Write to another file; else the cleaned file is replaced."),
    json: bool = AsJson,
) -> None:
    """Put rows back that were removed as duplicates."""
    done = undo(log, cleaned, out or cleaned, ids=tuple(id or ()), groups=tuple(group or ()), every=all)
    if json:
        as_json(vars(done))
    else:
        say(f"{counted(len(done.back), 'row')} put back in {out or cleaned}; {done.still:,} removed still.")
