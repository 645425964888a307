"""`askew check`: is what is stored whole?"""

import typer

from askew.cli.faq_folder import check_faq
from askew.cli.output import AsJson, as_json, counted, say
from askew.faq.place import is_faq
from askew.index import Index


def check(name: str = typer.Argument(help="The index."), json: bool = AsJson) -> None:
    """Check an index for faults; exit code 1 when there are any."""
    if is_faq(name):
        check_faq(name, json)
        return
    with Index.open(name) as index:
        faults = index.check()
        sizes = index.sizes()
    if json:
        as_json({"faults": faults, "documents": sizes.documents, "passages": sizes.passages})
    elif faults:
        for fault in faults:
            say(f"fault: {fault}")
    else:
        say(f"Clean: {counted(sizes.documents, 'document')} in {counted(sizes.passages, 'passage')}.")
    if faults:
        raise typer.Exit(1)
